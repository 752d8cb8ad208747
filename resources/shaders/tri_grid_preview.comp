// Comes behind tri_grid_preview.glsl.

layout(local_size_x = 8, local_size_y = 8) in;
layout(rgba32f, binding = 0) writeonly uniform image2D picture;
layout(r32f, binding = 1) writeonly uniform image2D depth;

void main() {
  ivec2 pixel = ivec2(gl_GlobalInvocationID.xy);
  if (pixel.x < resolution && pixel.y < resolution) {
    Drawn drawn = drawPixel(pixel);
    imageStore(picture, pixel, drawn.picture);
    imageStore(depth, pixel, vec4(drawn.depth));
  }
}
