#version 410 core

uniform sampler2D picture;  // premultiplied alpha, row 0 is the top
uniform ivec4 area;         // where the picture is drawn: left, bottom, width, height in framebuffer pixels
uniform bool exact;         // one picture pixel is one framebuffer pixel
uniform int check_size;     // side of a square of the checkerboard behind it, pixels; 0: a quiet backdrop
uniform float strength;     // of the picture over what lies behind it: 1, less when it is out of date

out vec4 colour;

void main() {
  ivec2 pixel = ivec2(gl_FragCoord.xy) - area.xy;
  pixel.y = area.w - 1 - pixel.y;
  vec2 place = (vec2(pixel) + 0.5) / vec2(area.zw);
  vec4 texel = exact ? texelFetch(picture, pixel, 0) : texture(picture, place);
  vec3 ground = mix(vec3(0.235, 0.25, 0.275), vec3(0.125, 0.135, 0.15), smoothstep(0.0, 0.75, distance(place, vec2(0.5, 0.4))));
  if (check_size > 0) {
    ivec2 check = pixel / check_size;
    ground = vec3(((check.x + check.y) & 1) == 0 ? 0.36 : 0.28);
  }
  colour = vec4(mix(ground, texel.rgb + (1.0 - texel.a) * ground, strength), 1.0);
}
