#version 410 core

layout(std140) uniform Scene {
  mat4 clip_from_world;
  mat4 camera_from_world;
  vec4 kind;
  vec4 size;
};
uniform sampler2D picture;

in Surface {
  vec3 place;
  vec3 normal;
  vec2 uv;
  vec3 colour;
} surface;

out vec4 colour;  // premultiplied

const int kColours = 2, kNormals = 3;

// Right, up and towards the eye; unit length; of the side that is seen.
vec3 seenNormal(bool inside) {
  vec3 n;
  if (kind.y > 0.5) {
    n = inside ? -surface.normal : surface.normal;
  } else {
    n = cross(dFdx(surface.place), dFdy(surface.place));
    n = dot(n, surface.place) > 0.0 ? -n : n;
  }
  return normalize(vec3(n.x, -n.y, -n.z));
}

float lamp(vec3 n, vec3 direction, float softness) {
  return max(0.0, (dot(n, normalize(direction)) + softness) / (1.0 + softness));
}

// Key from the upper left, cool fill from the right, a rim from behind, and the sky.
vec3 clay(vec3 n) {
  vec3 light = vec3(1.02, 0.98, 0.92) * 0.78 * lamp(n, vec3(-0.55, 0.6, 0.75), 0.15);
  light += vec3(0.80, 0.90, 1.05) * 0.22 * lamp(n, vec3(0.9, 0.1, 0.45), 0.25);
  light += vec3(0.85, 0.92, 1.0) * 0.30 * pow(lamp(n, vec3(0.35, 0.5, -0.75), 0.0), 1.5);
  light += mix(vec3(0.055, 0.052, 0.05), vec3(0.15, 0.16, 0.175), 0.5 + 0.5 * n.y);
  vec3 halfway = normalize(normalize(vec3(-0.55, 0.6, 0.75)) + vec3(0.0, 0.0, 1.0));
  return vec3(0.70, 0.66, 0.62) * light + 0.045 * pow(max(0.0, dot(n, halfway)), 24.0);
}

void main() {
  bool inside = gl_FrontFacing;  // rows go down, which turns every triangle around
  vec3 n = seenNormal(inside);
  int shading = int(kind.x);
  int source = int(kind.z);
  if (shading == kNormals) {
    colour = vec4(0.5 + 0.5 * n, 1.0);
  } else if (shading == kColours && source > 0) {
    colour = vec4(source == 2 ? texture(picture, surface.uv).rgb : surface.colour, 1.0);
  } else {
    vec3 lit = clay(n) * (inside ? vec3(0.45, 0.32, 0.30) : vec3(1.0));
    colour = vec4(pow(lit, vec3(1.0 / 2.2)), 1.0);
  }
}
