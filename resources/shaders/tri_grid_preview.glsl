// One ray through a head's tri-grids: core/volume in the words of a shader. Shared by tri_grid_preview.frag and
// tri_grid_preview.comp, which come behind it; before it come the version and these numbers:
//   CHANNEL_QUADS  a quarter of a grid's channels      HIDDEN_QUADS  a quarter of the hidden layer
//   OUTPUT_QUADS   1: the decoder's outputs are density, red, green, blue; else 1 + a quarter of the features
//   ACTIVATION     of the outputs but density: 0 none, 1 sigmoid, 2 leaky ReLU
//   MOST_COARSE    0: one pass of samples; else the most that the first of two passes may have

// Grids one behind the other along the third axis, zeros around each (core/session/preview_head.h): smooth
// sampling gives zero outside them.
uniform sampler3D grids[CHANNEL_QUADS];
uniform sampler2D backdrop;  // colours behind the head, one for each pixel

// Two blocks, because OpenGL promises 16 KiB for each. Columns of a matrix are what goes in. Hidden values are
// in units of log 2, so that exp2 and log2, which the hardware has, need no factors.
layout(std140) uniform HiddenLayer {
  mat4 hidden_weight[HIDDEN_QUADS * CHANNEL_QUADS];
  vec4 hidden_bias[HIDDEN_QUADS];
};
layout(std140) uniform OutputLayer {
  mat4 output_weight[HIDDEN_QUADS * OUTPUT_QUADS];
  vec4 output_bias[OUTPUT_QUADS];
#if OUTPUT_QUADS > 1
  mat4 rgb_weight[OUTPUT_QUADS - 1];  // features to colour
#endif
};

uniform vec4 pose[3];     // rows of the camera-to-world matrix (x right, y down, z forward)
uniform vec4 intrinsics;  // fx, fy, cx, cy in picture widths
uniform float skew;
uniform int resolution;      // pixels on a side of the picture
uniform int coarse_samples;  // of the first pass
uniform int fine_samples;    // of the second
uniform vec4 ray_range;      // start, end; 1: from the box instead; 1: even in 1 / depth
uniform vec4 box;            // side of the grids' box; |x| and |z| beyond this are empty; slices, pixels of a grid
uniform bool third_zxy;      // third grid read at (z, x, y) instead of (y, z, x)
uniform vec4 colour_offset;  // added at the end; and what the composited colour is multiplied by
uniform vec4 white;          // times what a ray lets through
uniform bool cut_out;        // colour is divided by the weight that it has

const float kEmpty = -1000.0;   // density where nothing is
const float kOpaque = 1.0 / 2048.0;  // a ray ends when less than this gets through: invisible in 8 bits
const float kFaint = 0.05;      // cut-outs divide by no less (core/generator/head.cpp)
const float kLog2E = 1.44269504;

/// What a ray gives: picture is colour in [-1, 1] and mask; depth in world units along the ray.
struct Drawn {
  vec4 picture;
  float depth;
};

float softplus(float x) { return max(x, 0.0) + log(1.0 + exp(-abs(x))); }

vec4 activated(vec4 x) {
#if ACTIVATION == 1
  return 1.002 / (1.0 + exp(-x)) - 0.001;
#elif ACTIVATION == 2
  return max(x, 0.2 * x) * sqrt(2.0);
#else
  return x;
#endif
}

/// Density and colour at a point of the world.
vec4 decode(vec3 point) {
  vec3 g = point * (2.0 / box.x);  // [-1, 1] inside
  float slices = box.z;
  // Texel centres lie at i + 0.5; one row of zeros comes before the first.
  vec3 plane = ((g + 1.0) * (0.5 * box.w) + 1.0) / (box.w + 2.0);
  vec3 slice = clamp(((g + 1.0) * slices - 1.0) * 0.5, -1.0, slices) + 1.5;
  float step_of_grid = slices + 1.0;
  float scale = 1.0 / (3.0 * step_of_grid + 1.0);
  vec3 first = vec3(plane.x, plane.y, slice.z * scale);
  vec3 second = vec3(plane.x, plane.z, (slice.y + step_of_grid) * scale);
  vec3 third = third_zxy ? vec3(plane.z, plane.x, slice.y) : vec3(plane.y, plane.z, slice.x);
  third.z = (third.z + 2.0 * step_of_grid) * scale;

  vec4 feature[CHANNEL_QUADS];
  for (int k = 0; k < CHANNEL_QUADS; ++k) {
    feature[k] =
        textureLod(grids[k], first, 0.0) + textureLod(grids[k], second, 0.0) + textureLod(grids[k], third, 0.0);
  }
  vec4 result[OUTPUT_QUADS];
  for (int o = 0; o < OUTPUT_QUADS; ++o) {
    result[o] = output_bias[o];
  }
  for (int j = 0; j < HIDDEN_QUADS; ++j) {
    vec4 x = hidden_bias[j];
    for (int k = 0; k < CHANNEL_QUADS; ++k) {
      x += hidden_weight[j * CHANNEL_QUADS + k] * feature[k];
    }
    x = max(x, 0.0) + log2(1.0 + exp2(-abs(x)));
    for (int o = 0; o < OUTPUT_QUADS; ++o) {
      result[o] += output_weight[j * OUTPUT_QUADS + o] * x;
    }
  }
#if OUTPUT_QUADS > 1
  vec4 colour = vec4(0.0);
  for (int o = 1; o < OUTPUT_QUADS; ++o) {
    colour += rgb_weight[o - 1] * activated(result[o]);
  }
  return vec4(result[0].x, colour.xyz);
#else
  return vec4(result[0].x, activated(result[0]).yzw);
#endif
}

/// A ray that is being composited, from interval to interval between neighbouring samples.
struct March {
  float depth;   // of the last sample
  vec4 value;    // its density and colour
  float passed;  // what got through so far
  vec3 colour;
  float total;   // weights, and depths times weights
  float depth_sum;
};

March beginMarch() { return March(0.0, vec4(kEmpty, 0.0, 0.0, 0.0), 1.0, vec3(0.0), 0.0, 0.0); }

float intervalAlpha(float before, float after, float length_of) {
  return 1.0 - exp(-softplus((before + after) * 0.5 - 1.0) * length_of);
}

void advance(inout March m, float depth, vec4 value) {
  float alpha = intervalAlpha(m.value.x, value.x, depth - m.depth);
  float weight = alpha * m.passed;
  m.colour += weight * 0.5 * (m.value.yzw + value.yzw);
  m.total += weight;
  m.depth_sum += weight * 0.5 * (m.depth + depth);
  m.passed *= 1.0 - alpha + 1e-10;
  m.depth = depth;
  m.value = value;
}

/// The part of a ray between two planes on each of some axes.
vec2 between(vec3 origin, vec3 direction, vec3 limit) {
  vec3 steep = mix(direction, vec3(1e-9), lessThan(abs(direction), vec3(1e-9)));
  vec3 a = (-limit - origin) / steep;
  vec3 b = (limit - origin) / steep;
  vec3 near = min(a, b);
  vec3 far = max(a, b);
  return vec2(max(max(near.x, near.y), near.z), min(min(far.x, far.y), far.z));
}

float coarseDepth(vec2 range, float i) {
  float t = (i + 0.5) / float(coarse_samples - 1);
  return ray_range.w > 0.0 ? 1.0 / ((1.0 - t) / range.x + t / range.y) : range.x + t * (range.y - range.x);
}

/// The inverse of coarseDepth.
float coarsePlace(vec2 range, float depth) {
  float t = ray_range.w > 0.0 ? (1.0 / range.x - 1.0 / depth) / (1.0 / range.x - 1.0 / range.y)
                              : (depth - range.x) / (range.y - range.x);
  return t * float(coarse_samples - 1) - 0.5;
}

March marchRay(vec3 origin, vec3 direction, vec2 range) {
  March m = beginMarch();
  // Samples beyond the limits are empty, hence the ones inside are neighbours; the rest need not be visited.
  vec2 inside = between(origin, direction, vec3(box.y, 1e9, box.y));
  int begin = max(int(ceil(coarsePlace(range, max(inside.x, range.x)))), 0);
  int end = inside.y <= max(inside.x, range.x)
                ? begin
                : min(int(floor(coarsePlace(range, inside.y))) + 1, coarse_samples);
#if MOST_COARSE == 0
  for (int i = begin; i < end && m.passed > kOpaque; ++i) {
    float depth = coarseDepth(range, float(i));
    advance(m, depth, decode(origin + depth * direction));
  }
#else
  vec4 coarse[MOST_COARSE];
  float weight[MOST_COARSE];  // of the interval that begins at a sample
  for (int i = 0; i < coarse_samples; ++i) {
    weight[i] = 0.0;
  }
  float passed = 1.0;
  int done = begin;
  for (; done < end && passed > kOpaque; ++done) {
    vec4 value = decode(origin + coarseDepth(range, float(done)) * direction);
    coarse[done] = value;
    if (done > begin) {
      float alpha = intervalAlpha(coarse[done - 1].x,
                                  value.x,
                                  coarseDepth(range, float(done)) - coarseDepth(range, float(done - 1)));
      weight[done - 1] = alpha * passed;
      passed *= 1.0 - alpha + 1e-10;
    }
  }
  // Importance sampling (core/volume/importance_sampler.h): weights widened to the larger neighbour, then
  // averaged; bins between the middles of intervals.
  int intervals = coarse_samples - 1;
  int bins = intervals - 2;
  float sum_of_bins = 0.0;
  for (int i = 0; i < intervals; ++i) {  // from here on a bin's weight lies at the bin's place
    float a = max(weight[i], weight[i + 1]);
    float b = max(weight[min(i + 1, intervals - 1)], weight[min(i + 2, intervals - 1)]);
    weight[i] = i < bins ? 0.5 * (a + b) + 0.01001 : 0.0;
    sum_of_bins += weight[i];
  }
  int next = begin;  // coarse sample
  int bin = 0;
  float below = 0.0;
  float above = weight[0] / sum_of_bins;
  for (int n = 0; n < fine_samples && m.passed > kOpaque; ++n) {
    float u = fine_samples > 1 ? float(n) / float(fine_samples - 1) : 0.0;
    while (bin < bins && above <= u) {
      ++bin;
      below = above;
      above += weight[bin] / sum_of_bins;
    }
    float edge = 0.5 * (coarseDepth(range, float(bin)) + coarseDepth(range, float(bin + 1)));
    float depth = edge;
    if (bin < bins) {
      float width = above - below;
      float t = (u - below) / (width < 1e-5 ? 1.0 : width);
      depth += t * (0.5 * (coarseDepth(range, float(bin + 1)) + coarseDepth(range, float(bin + 2))) - edge);
    }
    if (depth < inside.x) {
      continue;
    }
    if (depth > inside.y) {
      break;
    }
    while (next < done && coarseDepth(range, float(next)) <= depth) {
      advance(m, coarseDepth(range, float(next)), coarse[next]);
      ++next;
    }
    advance(m, depth, decode(origin + depth * direction));
  }
  for (; next < done && m.passed > kOpaque; ++next) {
    advance(m, coarseDepth(range, float(next)), coarse[next]);
  }
#endif
  return m;
}

/// @param pixel column and row, row 0 at the top
Drawn drawPixel(ivec2 pixel) {
  vec2 place = (vec2(pixel) + 0.5) / float(resolution);
  float y = (place.y - intrinsics.w) / intrinsics.y;
  float x = (place.x - intrinsics.z - skew * y) / intrinsics.x;
  vec3 from_camera = vec3(x, y, 1.0);
  vec3 direction =
      normalize(vec3(dot(pose[0].xyz, from_camera), dot(pose[1].xyz, from_camera), dot(pose[2].xyz, from_camera)));
  vec3 origin = vec3(pose[0].w, pose[1].w, pose[2].w);
  vec2 range = ray_range.xy;
  if (ray_range.z > 0.0) {
    range = between(origin, direction, vec3(0.5 * box.x));
  }
  March m = beginMarch();
  if (range.y > range.x) {
    m = marchRay(origin, direction, range);
  }

  vec3 colour = m.colour * colour_offset.w + (1.0 - m.total) * white.rgb;
  if (cut_out) {
    colour /= max(m.total, kFaint);
  } else {
    colour += (1.0 - m.total) * texelFetch(backdrop, pixel, 0).rgb;
  }
  float farthest = coarseDepth(range, float(coarse_samples - 1));
  float depth = m.total > 0.0 ? clamp(m.depth_sum / m.total, coarseDepth(range, 0.0), farthest) : farthest;
  return Drawn(vec4(colour + colour_offset.rgb, m.total * 1.002 - 0.001), depth);
}
