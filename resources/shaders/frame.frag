#version 410 core

uniform sampler2D picture;  // premultiplied alpha, row 0 is the top
uniform ivec4 area;         // where the picture is drawn: left, bottom, width, height in framebuffer pixels
uniform bool exact;         // one picture pixel is one framebuffer pixel
uniform int check_size;     // side of a square of the checkerboard, pixels

out vec4 colour;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy) - area.xy;
  pixel.y = area.w - 1 - pixel.y;
  vec4 texel = exact ? texelFetch(picture, pixel, 0) : texture(picture, (vec2(pixel) + 0.5) / vec2(area.zw));
  ivec2 check = pixel / check_size;
  float ground = ((check.x + check.y) & 1) == 0 ? 0.36 : 0.28;
  colour = vec4(texel.rgb + (1.0 - texel.a) * ground, 1.0);
}
