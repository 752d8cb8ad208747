// Comes behind tri_grid_preview.glsl.

layout(location = 0) out vec4 picture;
layout(location = 1) out float depth;

void main() {
  Drawn drawn = drawPixel(ivec2(gl_FragCoord.xy));
  picture = drawn.picture;
  depth = drawn.depth;
}
