#version 410 core

// Distances to the three edges, in pixels, so that every pixel knows how near a line it is.

layout(triangles) in;
layout(triangle_strip, max_vertices = 3) out;

layout(std140) uniform Scene {
  mat4 clip_from_world;
  mat4 camera_from_world;
  vec4 kind;
  vec4 size;
};

in Surface {
  vec3 place;
  vec3 normal;
  vec2 uv;
  vec3 colour;
} corners[];

out Wire {
  noperspective vec3 edges;  // pixels
  flat float thinnest;       // smallest altitude, pixels
  vec3 normal;               // camera
} wire;

void main() {
  vec2 p[3];
  for (int i = 0; i < 3; ++i) {
    p[i] = gl_in[i].gl_Position.xy / gl_in[i].gl_Position.w * 0.5 * size.xy;
  }
  vec3 lengths = vec3(distance(p[1], p[2]), distance(p[2], p[0]), distance(p[0], p[1]));
  vec2 a = p[1] - p[0], b = p[2] - p[0];
  vec3 altitudes = abs(a.x * b.y - a.y * b.x) / max(lengths, vec3(1e-6));
  vec3 flat_normal = cross(corners[1].place - corners[0].place, corners[2].place - corners[0].place);
  for (int i = 0; i < 3; ++i) {
    gl_Position = gl_in[i].gl_Position;
    wire.edges = vec3(0.0);
    wire.edges[i] = altitudes[i];
    wire.thinnest = min(altitudes.x, min(altitudes.y, altitudes.z));
    wire.normal = kind.y > 0.5 ? corners[i].normal : flat_normal;
    EmitVertex();
  }
  EndPrimitive();
}
