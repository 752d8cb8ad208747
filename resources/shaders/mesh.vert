#version 410 core

layout(location = 0) in vec3 position;  // world
layout(location = 1) in vec4 normal;    // world, outward
layout(location = 2) in vec2 uv;
layout(location = 3) in vec4 colour;

layout(std140) uniform Scene {
  mat4 clip_from_world;
  mat4 camera_from_world;  // x right, y down, z away from the eye
  vec4 kind;               // shading; whether there are normals; colours: 0 none, 1 of vertices, 2 texture
  vec4 size;               // of the picture, pixels; width of lines, pixels
};

out Surface {
  vec3 place;   // camera
  vec3 normal;  // camera
  vec2 uv;
  vec3 colour;
} surface;

void main() {
  gl_Position = clip_from_world * vec4(position, 1.0);
  surface.place = (camera_from_world * vec4(position, 1.0)).xyz;
  surface.normal = mat3(camera_from_world) * normal.xyz;
  surface.uv = uv;
  surface.colour = colour.rgb;
}
