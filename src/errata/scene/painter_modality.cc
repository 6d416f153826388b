#include <algorithm>
#include <cmath>
#include <functional>

#include "errata/scene/painter.h"

/// Pictures of other machines than cameras.
namespace errata::scene {
namespace {

/// Brightness of the window of a scene, which forms are added to.
class Field {
 public:
  Field(const Sheet& sheet, float level) : area_(sheet.window()) {
    values_.assign(static_cast<std::size_t>(area_.height) * static_cast<std::size_t>(area_.width), level);
  }
  [[nodiscard]] float& at(int y, int x) {
    return values_[static_cast<std::size_t>(y - area_.top) * static_cast<std::size_t>(area_.width) +
                   static_cast<std::size_t>(x - area_.left)];
  }
  /// Adds to an ellipse, whose edge is soft over a share of its size.
  void add_ellipse(Spot middle, double half_height, double half_width, double turn, double soft, float by) {
    const double reach = std::max(half_height, half_width) * (1 + soft) + 1;
    const double cosine = std::cos(turn), sine = std::sin(turn);
    const Area around = common_area(area_, {.top = static_cast<int>(middle.y - reach),
                                            .left = static_cast<int>(middle.x - reach),
                                            .height = static_cast<int>(2 * reach) + 2,
                                            .width = static_cast<int>(2 * reach) + 2});
    for (int y = around.top; y < around.bottom(); ++y)
      for (int x = around.left; x < around.right(); ++x) {
        const double v = ((y - middle.y) * cosine - (x - middle.x) * sine) / half_height;
        const double h = ((y - middle.y) * sine + (x - middle.x) * cosine) / half_width;
        const double inside = std::clamp((1 + soft - std::sqrt(v * v + h * h)) / (2 * soft + 1e-9), 0.0, 1.0);
        at(y, x) += by * static_cast<float>(inside * inside * (3 - 2 * inside));
      }
  }
  /// Adds a tube of a radius along places, brighter at its walls than in its middle, as bones are.
  void add_tube(std::span<const Spot> places, double radius, float by) {
    for (std::size_t i = 0; i + 1 < places.size(); ++i) {
      const Spot from = places[i], to = places[i + 1];
      const double dy = to.y - from.y, dx = to.x - from.x, length = dy * dy + dx * dx + 1e-9;
      const Area around = common_area(area_, {.top = static_cast<int>(std::min(from.y, to.y) - radius) - 1,
                                              .left = static_cast<int>(std::min(from.x, to.x) - radius) - 1,
                                              .height = static_cast<int>(std::abs(dy) + 2 * radius) + 3,
                                              .width = static_cast<int>(std::abs(dx) + 2 * radius) + 3});
      for (int y = around.top; y < around.bottom(); ++y)
        for (int x = around.left; x < around.right(); ++x) {
          const double share = ((y - from.y) * dy + (x - from.x) * dx) / length;
          if (share < 0 || share >= 1) continue;
          const double v = y - from.y - share * dy, h = x - from.x - share * dx;
          const double out = std::sqrt(v * v + h * h) / radius;
          if (out < 1) at(y, x) += by * static_cast<float>((0.62 + 0.5 * out * out) * std::min(1.0, 6 * (1 - out)));
        }
    }
  }

 private:
  Area area_;
  std::vector<float> values_;
};

void show(Sheet& sheet, Field& field, const std::function<Colour(float)>& colour_of) {
  sheet.go_on(0);
  sheet.paint(sheet.all(), [&](int y, int x) { return colour_of(field.at(y, x)); });
}

std::vector<Spot> arc(Spot middle, double half_height, double half_width, double from, double to) {
  constexpr int kSteps = 12;
  std::vector<Spot> spots;
  for (int i = 0; i <= kSteps; ++i) {
    const double angle = from + (to - from) * i / kSteps;
    spots.push_back({middle.y + half_height * std::sin(angle), middle.x + half_width * std::cos(angle)});
  }
  return spots;
}

void add_chest(Field& field, Rng& rng, const Sheet& sheet) {
  const double h = sheet.height(), w = sheet.width(), x = w * between(rng, 0.46, 0.54);
  field.add_ellipse({h * 0.6, x}, h * 0.62, w * between(rng, 0.42, 0.5), 0, 0.1,
                    static_cast<float>(between(rng, 100, 130)));
  const auto dark = static_cast<float>(-between(rng, 70, 95));
  for (const double side : {-1.0, 1.0})
    field.add_ellipse({h * 0.5, x + side * w * 0.19}, h * between(rng, 0.29, 0.34), w * between(rng, 0.12, 0.15),
                      side * -0.12, 0.16, dark);
  field.add_tube(std::array{Spot{0, x}, Spot{h, x}}, w * 0.045, 46);
  for (int rib = 0; rib < 9; ++rib) {
    const double y = h * (0.16 + 0.075 * rib), wide = w * (0.2 + 0.15 * std::sin(0.35 * (rib + 1)));
    field.add_tube(arc({y + h * 0.06, x}, h * 0.07, wide, 3.3, 6.1), w * 0.013, 22);
    field.add_tube(arc({y, x}, h * 0.09, wide, 0.1, 1.2), w * 0.011, 14);
    field.add_tube(arc({y, x}, h * 0.09, wide, 1.94, 3.04), w * 0.011, 14);
  }
  field.add_ellipse({h * 0.62, x + w * 0.06}, h * 0.15, w * 0.13, 0.5, 0.2, static_cast<float>(between(rng, 46, 70)));
}

/// A limb of one or two bones with a joint, or a hand's.
void add_limb(Field& field, Rng& rng, const Sheet& sheet) {
  const double h = sheet.height(), w = sheet.width(), x = w * between(rng, 0.4, 0.6),
               lean = w * between(rng, -0.12, 0.12);
  const int bones = whole_between(rng, 1, 5);
  const double wide = w * std::min(0.42, 0.1 + 0.075 * bones);
  field.add_ellipse({h * 0.5, x}, h * 0.8, wide, 0, 0.12, static_cast<float>(between(rng, 40, 62)));
  for (int i = 0; i < bones; ++i) {
    const double at = x + (i - (bones - 1) / 2.0) * 2 * wide / (bones + 0.6),
                 thick = w * between(rng, 0.022, 0.036) * (bones == 1 ? 2 : 1);
    const double joint = h * between(rng, 0.42, 0.58);
    const auto light = static_cast<float>(between(rng, 80, 112));
    field.add_tube(std::array{Spot{-10, at - lean}, Spot{joint - thick * 0.7, at}}, thick, light);
    field.add_tube(std::array{Spot{joint + thick * 0.7, at}, Spot{h + 10, at + lean}}, thick * 0.92, light);
    for (const double side : {-1.0, 1.0})
      field.add_ellipse({joint + side * thick * 1.1, at}, thick * 1.0, thick * 1.45, 0, 0.15, light * 0.55F);
  }
}

}  // namespace

void paint_xray(Sheet& sheet, Rng& rng) {
  Field field(sheet, static_cast<float>(between(rng, 6, 26)));
  if (rng.bernoulli(0.55)) {
    add_chest(field, rng, sheet);
  } else {
    add_limb(field, rng, sheet);
  }
  const bool inverted = rng.bernoulli(0.15);
  show(sheet, field, [&](float value) { return gray_of(inverted ? 235 - value : value); });
  sheet.smooth(std::max(0.8, 2.2 * sheet.unit()));
  shade(sheet, sheet.all(), 40 * sheet.unit() + 3, 5, 6, rng.next());
  const std::uint64_t seed = rng.next();
  const auto grain = static_cast<float>(between(rng, 2, 6));
  sheet.change(sheet.all(), [&](int y, int x, std::uint8_t* pixel) {
    pixel[0] = pixel[1] = pixel[2] =
        Sheet::byte_of(static_cast<float>(pixel[1]) + grain * normal_of(bits_at(seed, y, x), 0));
  });
}

void paint_ultrasound(Sheet& sheet, Rng& rng) {
  const double h = sheet.height(), w = sheet.width();
  const Spot probe{-h * between(rng, 0.05, 0.35), w * between(rng, 0.45, 0.55)};
  const double opening = between(rng, 0.45, 0.85), near = std::abs(probe.y) + h * 0.05,
               far = std::abs(probe.y) + h * between(rng, 0.86, 0.97);
  Field field(sheet, static_cast<float>(between(rng, 52, 84)));
  for (int i = whole_between(rng, 5, 10); i > 0; --i)
    field.add_ellipse({h * between(rng, 0.15, 0.9), w * between(rng, 0.2, 0.8)}, h * between(rng, 0.03, 0.16),
                      w * between(rng, 0.05, 0.2), between(rng, -0.6, 0.6), 0.25,
                      static_cast<float>(between(rng, -70, 60)));
  const std::uint64_t seed = rng.next();
  const double grain = std::max(1.6, between(rng, 2.5, 4.5) * sheet.unit());
  show(sheet, field, [](float value) { return gray_of(value); });
  const Area seen = sheet.window();
  const auto speckle = clouds(seen, grain * 2, 2, 0.9F, seed);
  sheet.change(sheet.all(), [&](int y, int x, std::uint8_t* pixel) {
    const double v = y - probe.y, u = x - probe.x, out = std::sqrt(v * v + u * u);
    const bool inside = out > near && out < far && std::abs(std::atan2(u, v)) < opening;
    const float noise = speckle[static_cast<std::size_t>(y - seen.top) * static_cast<std::size_t>(seen.width) +
                                static_cast<std::size_t>(x - seen.left)];
    const auto fade = static_cast<float>(1.15 - 0.6 * (out - near) / (far - near));
    const float value = inside ? static_cast<float>(pixel[0]) * fade * std::max(0.05F, 0.8F + 0.85F * noise) : 3.0F;
    pixel[0] = pixel[1] = pixel[2] = Sheet::byte_of(value);
  });
  sheet.smooth(std::max(0.6, 0.9 * sheet.unit()));
}

void paint_thermal(Sheet& sheet, Rng& rng) {
  const double h = sheet.height(), w = sheet.width();
  Field field(sheet, static_cast<float>(between(rng, 26, 70)));
  field.add_ellipse({h * between(rng, 0.2, 0.9), w * between(rng, 0, 1)}, h * 0.7, w * 0.7, 0, 0.9,
                    static_cast<float>(between(rng, 10, 40)));
  if (rng.bernoulli(0.6)) {  // somebody
    const double x = w * between(rng, 0.3, 0.7), y = h * between(rng, 0.22, 0.4), r = h * between(rng, 0.08, 0.13);
    field.add_ellipse({y, x}, r, r * 0.78, 0, 0.3, 120);
    field.add_ellipse({y + r * 3.4, x}, r * 2.6, r * 1.7, 0, 0.25, 84);
    for (const double side : {-1.0, 1.0})
      field.add_ellipse({y + r * 3.2, x + side * r * 1.9}, r * 2.2, r * 0.5, side * -0.25, 0.35, 66);
  } else {
    for (int i = whole_between(rng, 2, 6); i > 0; --i)
      field.add_ellipse({h * between(rng, 0.1, 0.9), w * between(rng, 0.1, 0.9)}, h * between(rng, 0.05, 0.22),
                        w * between(rng, 0.05, 0.22), between(rng, 0, 3), 0.4,
                        static_cast<float>(between(rng, 40, 130)));
  }
  const bool gray = rng.bernoulli(0.25);
  const Colour stops[] = {{0, 0, 20}, {72, 0, 130}, {190, 20, 110}, {246, 110, 20}, {255, 210, 40}, {255, 255, 232}};
  show(sheet, field, [&](float value) {
    if (gray) return gray_of(value);
    const float at = std::clamp(value / 51.0F, 0.0F, 4.999F);
    return mixed(stops[static_cast<std::size_t>(at)], stops[static_cast<std::size_t>(at) + 1], at - std::floor(at));
  });
  sheet.smooth(std::max(1.0, 5 * sheet.unit()));  // their sensors have few pixels
  sheet.add_noise(static_cast<float>(between(rng, 1, 3)), rng.next());
}

}  // namespace errata::scene
