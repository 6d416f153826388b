// The part of vega-embed that the page uses; the bundle itself is inlined before the page's script.

interface VegaView {
  data(name: string, rows: object): VegaView;
  runAsync(): Promise<VegaView>;
  toSVG(): Promise<string>;
}

interface VegaEmbedOptions {
  ast: boolean;
  renderer: "svg";
  actions: boolean;
  defaultStyle: boolean;
  config: object;
  tooltip: { disableDefaultStyle: boolean };
}

declare function vegaEmbed(
  element: HTMLElement,
  spec: object,
  options: VegaEmbedOptions,
): Promise<{ view: VegaView }>;
