// The built files of the report page as read-only data, each between two symbols (read by report/page_assets.h).
#define ASSET(name, file)                 \
  .global errata_asset_##name##_begin;    \
  .global errata_asset_##name##_end;      \
  .balign 16;                             \
  errata_asset_##name##_begin:            \
  .incbin file;                           \
  errata_asset_##name##_end:              \
  .byte 0

  .section .rodata
  ASSET(page, "report.html")
  ASSET(vega, "vega.js")
  ASSET(embed, "embed.js")
  ASSET(script, "report.js")
  ASSET(plots, "plots.js")
  ASSET(theme, "theme.json")

  .section .note.GNU-stack, "", %progbits
