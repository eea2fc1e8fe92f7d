import { DefinitionButton } from "baton-console";
import { BehindList, BreakdownTable, FigureChart, FigureTiles, PeriodForm, ask, named, query, shown } from "baton-history";

const ENDS = ["resolved", "returned", "message_left", "expired", "customer_left"];
const KEPT = { period: "7d", first: "", last: "", by: "day", figure: "conversations" };

export default {
  components: { BehindList, BreakdownTable, DefinitionButton, FigureChart, FigureTiles, PeriodForm },
  props: { t: Object, lang: String, definitions: Object, dimensions: Array },
  template: `
    <div class="history" data-testid="history">
      <div class="page-head"><div><h1>{{ t.nav.history }}</h1><p>{{ t.history.lead }}</p></div>
        <div class="history-tools"><a class="plain" href="editor#gaps" data-testid="history-gaps">{{ t.history.gaps }}</a><template v-if="report"><a class="plain" :href="file('csv')" download data-testid="export-csv">CSV</a><a class="plain" :href="file('xlsx')" download data-testid="export-xlsx">XLSX</a></template></div></div>
      <div class="history-bar"><period-form :t="t" :asked="asked" :days="report && report.period" @choose="choose"></period-form>
        <p v-if="report" class="soft period-said" data-testid="period-said">{{ said }}</p></div>
      <p v-if="problem" class="form-error" role="alert" data-testid="history-problem">{{ problem }}</p>
      <div :aria-busy="String(busy)" :class="{ busy }">
      <p v-if="!report && !problem" class="empty">{{ t.history.counting }}</p>
      <template v-if="report">
        <figure-tiles :t="t" :lang="lang" :figures="report.figures" :definitions="definitions" :chosen="asked.figure" @choose="draw" @behind="behind"></figure-tiles>
        <div class="history-pair"><section class="panel ends"><h2>{{ definitions.ended.name }} <definition-button :of="definitions.ended" :t="t"></definition-button></h2>
          <p data-testid="balance">{{ balance }}</p>
          <ul class="bars"><li v-for="one in ends" :key="one.key"><button type="button" class="cell" :disabled="!one.n" :data-testid="'end-' + one.key" @click="behind('ended_' + one.key)">{{ definitions['ended_' + one.key].name }}</button><span class="bar-track"><span class="bar-fill" :style="{ width: one.share * 100 + '%' }"></span></span><strong>{{ one.n.toLocaleString(lang) }}</strong></li></ul></section>
        <section class="panel"><h2>{{ t.history.scores }} <definition-button :of="definitions.csat" :t="t"></definition-button></h2><p>{{ t.history.scores_hint }}</p>
          <ul class="bars"><li v-for="one in scores" :key="one.score"><span>{{ one.score }} ★</span><span class="bar-track"><span class="bar-fill" :style="{ width: one.share * 100 + '%' }"></span></span><strong>{{ one.n.toLocaleString(lang) }}</strong></li></ul></section></div>
        <section class="panel breakdown-panel"><div class="breakdown-head" ref="chart"><h2>{{ definitions[asked.figure].name }} <definition-button :of="definitions[asked.figure]" :t="t"></definition-button></h2>
            <label class="choose"><span>{{ t.history.by }}</span><select :value="asked.by" data-testid="history-by" @change="choose({ by: $event.target.value })"><option v-for="one in dimensions" :key="one" :value="one">{{ t.history['by_' + one] }}</option></select></label>
            <label class="choose"><span>{{ t.history.figure }}</span><select :value="asked.figure" data-testid="history-figure" @change="draw($event.target.value)"><option v-for="one in report.figures" :key="one.key" :value="one.key">{{ definitions[one.key].name }}</option></select></label></div>
          <figure-chart v-if="lines.length" :t="t" :lang="lang" :figure="figures[asked.figure]" :name="definitions[asked.figure].name" :lines="drawn" :bars="report.by !== 'day'"></figure-chart>
          <breakdown-table :t="t" :lang="lang" :by="report.by" :lines="lines" :figures="figures" :definitions="definitions" :chosen="asked.figure" @behind="behind"></breakdown-table></section>
      </template></div>
      <behind-list ref="list" :t="t" :lang="lang" :asked="asked" :definitions="definitions" :figures="figures"></behind-list>
    </div>`,
  data() {
    const given = new URLSearchParams(location.search);
    const asked = Object.fromEntries(Object.entries(KEPT).map(([key, usual]) => [key, given.get(key) ?? usual]));
    if (!this.definitions[asked.figure]) asked.figure = KEPT.figure;
    return { asked, report: null, busy: false, problem: "" };
  },
  computed: {
    figures() {
      return Object.fromEntries((this.report?.figures ?? []).map((one) => [one.key, one]));
    },
    lines() {
      const day = (value) => new Date(`${value}T12:00:00`).toLocaleDateString(this.lang, { month: "2-digit", day: "2-digit", weekday: "short" });
      return this.report.lines.map((line) => ({ ...line, name: this.report.by === "day" ? day(line.value) : named(this.report.by, line, this.t) }));
    },
    drawn() {
      return this.report.by === "day" ? this.lines : this.lines.slice(0, 25);
    },
    said() {
      const { first, last, zone } = this.report.period;
      const days = first === last ? first : `${first} – ${last}`;
      const { first: one, last: other } = this.report.before;
      return this.t.history.said.replace("{days}", days).replace("{zone}", zone).replace("{before}", one === other ? one : `${one} – ${other}`);
    },
    ends() {
      const all = this.figures.ended.n || 1;
      return ENDS.map((key) => ({ key, n: this.figures[`ended_${key}`].n, share: this.figures[`ended_${key}`].n / all }));
    },
    scores() {
      const counts = Object.entries(this.report.scores).map(([score, n]) => ({ score, n }));
      const all = counts.reduce((sum, one) => sum + one.n, 0) || 1;
      return counts.reverse().map((one) => ({ ...one, share: one.n / all }));
    },
    balance() {
      return this.t.history.balance.replace(/\{(\w+)\}/g, (_, key) => this.report.ledger[key].toLocaleString(this.lang));
    },
  },
  mounted() {
    this.load();
  },
  unmounted() {
    this.asking?.abort();
  },
  methods: {
    async load() {
      this.asking?.abort();
      const asking = (this.asking = new AbortController());
      [this.busy, this.problem] = [true, ""];
      try {
        this.report = await ask("", query(this.asked), this.lang, asking.signal);
      } catch (error) {
        if (error.name === "AbortError") return;
        this.problem = error.message || this.t.history.failed;
      } finally {
        if (this.asking === asking) this.busy = false;
      }
    },
    choose(part) {
      Object.assign(this.asked, part);
      this.keep();
      this.load();
    },
    draw(key) {
      this.asked.figure = key;
      this.keep();
      this.$nextTick(() => this.$refs.chart.scrollIntoView({ block: "nearest", behavior: "smooth" }));
    },
    /** The address of the page says what is shown: it can be kept and sent to a colleague. */
    keep() {
      const said = Object.entries(this.asked).filter(([key, value]) => value && value !== KEPT[key]);
      history.replaceState(history.state, "", said.length ? `?${new URLSearchParams(said)}` : location.pathname);
    },
    behind(key, value) {
      const where = value === undefined ? [] : [`${this.report.by}:${value}`];
      const line = value === undefined ? null : this.lines.find((one) => one.value === value);
      this.$refs.list.show(key, where, line?.name ?? "");
    },
    file(form) {
      return `../api/v1/agent/history/figures.${form}?${query(this.asked, { lang: this.lang.slice(0, 2) })}`;
    },
  },
};
