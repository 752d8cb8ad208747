#version 410 core

layout(std140) uniform Scene {
  mat4 clip_from_world;
  mat4 camera_from_world;
  vec4 kind;
  vec4 size;
};

in Wire {
  noperspective vec3 edges;
  flat float thinnest;
  vec3 normal;
} wire;

out vec4 colour;  // premultiplied

void main() {
  float towards = abs(normalize(wire.normal).z);
  vec3 surface = vec3(0.115, 0.13, 0.155) * (0.5 + 0.75 * towards);
  float nearest = min(wire.edges.x, min(wire.edges.y, wire.edges.z));
  // Half of a line on each side of an edge; where triangles are smaller than lines, lines grow faint.
  float line = 1.0 - smoothstep(0.5 * size.z - 0.5, 0.5 * size.z + 0.5, nearest);
  line *= clamp(wire.thinnest / (4.0 * size.z), 0.22, 1.0);
  vec3 lines = vec3(0.50, 0.76, 0.98) * (0.55 + 0.45 * towards);
  colour = vec4(mix(surface, lines, line), 1.0);
}
