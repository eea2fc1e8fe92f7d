// One figure over the days or over the values of a dimension, drawn by ECharts, which NiceGUI brings along.
import { shown } from "./values.js";

export const FigureChart = {
  props: { t: Object, lang: String, figure: Object, name: String, lines: Array, bars: Boolean },
  template: `<div ref="box" class="figure-chart" role="img" :aria-label="said" data-testid="history-chart"></div>`,
  computed: {
    values() {
      return this.lines.map((line) => line.figures[this.figure.key]?.value ?? (this.figure.unit === "number" ? 0 : null));
    },
    said() {
      return this.t.history.chart_of.replace("{name}", this.name);
    },
  },
  watch: {
    lines: "draw",
    figure: "draw",
  },
  async mounted() {
    const { echarts } = await import("nicegui-echart");
    if (!this.$refs.box) return;
    this.chart = echarts.init(this.$refs.box, null, { renderer: "svg" });
    this.watcher = new ResizeObserver(() => this.chart.resize());
    this.watcher.observe(this.$refs.box);
    // Its colours are the page's, which may change while it stands there.
    this.themes = new MutationObserver(() => this.draw());
    this.themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    this.draw();
  },
  unmounted() {
    this.watcher?.disconnect();
    this.themes?.disconnect();
    this.chart?.dispose();
  },
  methods: {
    draw() {
      this.chart?.setOption(this.options(), { notMerge: true });
    },
    options() {
      const style = getComputedStyle(document.documentElement);
      const colour = (name) => style.getPropertyValue(name).trim();
      const [ink, soft, line, brand, bad] = ["--ink", "--soft", "--line", "--brand", "--angry"].map(colour);
      const { unit, target } = this.figure;
      const text = (value) => shown(unit, value, this.lang, this.t);
      const mark = target === null || target === undefined ? undefined : {
        silent: true, symbol: "none", lineStyle: { color: bad, type: "dashed" }, label: { color: bad, position: "insideEndTop", formatter: () => `${this.t.history.target} ${text(target)}` },
        data: [{ yAxis: target }],
      };
      return {
        animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
        textStyle: { fontFamily: colour("--font"), color: ink },
        aria: { enabled: false },
        grid: { left: 8, right: 16, top: 26, bottom: 4, containLabel: true },
        tooltip: { trigger: "axis", confine: true, backgroundColor: colour("--surface"), borderColor: line, textStyle: { color: ink }, valueFormatter: text },
        xAxis: { type: "category", data: this.lines.map((one) => one.name), axisLine: { lineStyle: { color: line } }, axisTick: { show: false }, axisLabel: { color: soft, hideOverlap: true } },
        yAxis: { type: "value", axisLabel: { color: soft, formatter: text }, splitLine: { lineStyle: { color: line } }, ...(unit === "number" ? { minInterval: 1 } : {}), ...this.range() },
        series: [{
          type: this.bars ? "bar" : "line", name: this.name, data: this.values, color: brand, markLine: mark, barMaxWidth: 42, itemStyle: this.bars ? { borderRadius: [4, 4, 0, 0] } : {},
          smooth: false, symbolSize: 7, connectNulls: false, lineStyle: { width: 2.5 }, areaStyle: this.bars ? undefined : { opacity: 0.08 },
        }],
      };
    },
    /** The scale shows the target too, and shares and scores on the scale they have. */
    range() {
      const { unit, target } = this.figure;
      if (unit === "score") return { min: 1, max: 5 };
      if (unit === "points") return { min: -100, max: 100 };
      const most = Math.max(target ?? 0, ...this.values.filter((value) => value !== null));
      if (unit === "share" && most > 0.5) return { min: 0, max: 1 };
      return target ? { min: 0, max: Number((most * 1.15).toPrecision(2)) } : { min: 0 };
    },
  },
};
