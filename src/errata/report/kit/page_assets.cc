#include "errata/report/kit/page_assets.h"

extern "C" {
extern const char errata_asset_page_begin[], errata_asset_page_end[];
extern const char errata_asset_vega_begin[], errata_asset_vega_end[];
extern const char errata_asset_embed_begin[], errata_asset_embed_end[];
extern const char errata_asset_script_begin[], errata_asset_script_end[];
extern const char errata_asset_plots_begin[], errata_asset_plots_end[];
extern const char errata_asset_theme_begin[], errata_asset_theme_end[];
}

namespace errata::report {

std::string_view page_template() { return {errata_asset_page_begin, errata_asset_page_end}; }
std::string_view vega_script() { return {errata_asset_vega_begin, errata_asset_vega_end}; }
std::string_view embed_script() { return {errata_asset_embed_begin, errata_asset_embed_end}; }
std::string_view page_script() { return {errata_asset_script_begin, errata_asset_script_end}; }
std::string_view plots_script() { return {errata_asset_plots_begin, errata_asset_plots_end}; }
std::string_view theme_json() { return {errata_asset_theme_begin, errata_asset_theme_end}; }

}  // namespace errata::report
