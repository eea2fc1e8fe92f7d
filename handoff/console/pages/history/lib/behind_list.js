// The conversations behind a figure, in a window over the page; each opens read-only in the workspace.
import { DefinitionButton, dateTime } from "baton-console";
import { ask, named, query, shown } from "./values.js";

const PAGE = 100;

export const BehindList = {
  components: { DefinitionButton },
  props: { t: Object, lang: String, asked: Object, definitions: Object, figures: Object },
  template: `<dialog ref="window" class="window behind-window" data-testid="behind" :aria-label="key ? definitions[key].name : ''" @click="outside" @close="shut">
    <template v-if="key"><div class="behind-head"><div><h2>{{ definitions[key].name }} <definition-button :of="definitions[key]" :t="t"></definition-button></h2>
        <p class="soft">{{ place ? place + ' · ' : '' }}{{ t.history.rows.replace('{n}', total.toLocaleString(lang)) }}</p></div>
      <button type="button" class="quiet" :aria-label="t.history.close" data-testid="behind-close" @click="$refs.window.close()">×</button></div>
    <div class="behind-tools"><div v-if="figures[key].unit === 'share' && key !== 'complaint_rate'" class="segments" role="group" :aria-label="t.history.which">
        <button v-for="one in ['counted', 'rest']" :key="one" type="button" :aria-pressed="String(which === one)" :data-testid="'which-' + one" @click="show(key, where, place, one)">{{ t.history['which_' + one] }}</button></div>
      <span class="grow"></span><a class="plain" :href="file('csv')" download data-testid="behind-csv">CSV</a><a class="plain" :href="file('xlsx')" download data-testid="behind-xlsx">XLSX</a></div>
    <p v-if="problem" class="form-error" role="alert">{{ problem }}</p>
    <div class="sheet-wrap behind-rows" tabindex="0" role="region" :aria-label="definitions[key].name"><table class="sheet cards">
      <thead><tr><th>{{ t.history.at }}</th><th>{{ t.history.by_channel }}</th><th>{{ t.history.by_reason }}</th><th>{{ t.history.by_skill }}</th><th>{{ t.history.by_agent }}</th><th v-if="own" class="number">{{ own }}</th><th><span class="unseen">{{ t.history.conversation }}</span></th></tr></thead>
      <tbody><tr v-for="(row, n) in rows" :key="n" data-testid="behind-row"><td class="nowrap">{{ when(row.at) }}</td><td :data-label="t.history.by_channel">{{ name('channel', row.channel) }}</td>
        <td :data-label="t.history.by_reason">{{ row.reason ? name('reason', row.reason) : '–' }}<small v-if="row.category"> · {{ row.category }}</small></td><td :data-label="t.history.by_skill">{{ row.skill || '–' }}</td><td :data-label="t.history.by_agent">{{ row.agent || '–' }}</td>
        <td v-if="own" class="number" :data-label="own">{{ value(row) }}</td><td class="row-do"><a :href="'./?c=' + row.conv_id">{{ t.history.open }} {{ row.conv_id.slice(0, 4).toUpperCase() }}</a></td></tr></tbody></table>
      <p v-if="!rows.length && !busy" class="empty">{{ t.history.empty_list }}</p>
      <p v-if="rows.length < total" class="more-line"><button type="button" class="plain" :disabled="busy" data-testid="behind-more" @click="more">{{ t.history.more }}</button></p></div></template></dialog>`,
  data() {
    return { key: "", where: [], place: "", which: "counted", rows: [], total: 0, busy: false, problem: "" };
  },
  computed: {
    /** What the column of the rows' own values is called; empty where rows have none. */
    own() {
      if (!this.rows.some((row) => row.value !== null)) return "";
      return ["score", "points"].includes(this.figures[this.key].unit) ? this.t.history.own_score : this.t.history.own_time;
    },
  },
  methods: {
    /** Open with the rows of one figure, narrowed to `where` (dimension:value), called `place`. */
    async show(key, where = [], place = "", which = "counted") {
      Object.assign(this, { key, where, place, which, rows: [], total: 0, problem: "" });
      if (!this.$refs.window.open) this.$refs.window.showModal();
      await this.more();
    },
    async more() {
      const mine = [this.key, this.which, this.where].join();
      this.busy = true;
      try {
        const page = await ask("/behind", query(this.asked, { ...this.parts(), limit: PAGE, offset: this.rows.length }), this.lang);
        if (mine !== [this.key, this.which, this.where].join()) return;
        this.rows.push(...page.rows);
        this.total = page.total;
      } catch (error) {
        this.problem = error.message || this.t.history.failed;
      } finally {
        this.busy = false;
      }
    },
    parts() {
      return { figure: this.key, which: this.which, where: this.where };
    },
    file(form) {
      return `../api/v1/agent/history/conversations.${form}?${query(this.asked, { ...this.parts(), lang: this.lang.slice(0, 2) })}`;
    },
    when(at) {
      return dateTime(at, this.lang);
    },
    name(by, value) {
      return named(by, { value, label: value }, this.t);
    },
    value(row) {
      const unit = this.figures[this.key].unit;
      return shown(unit === "score" || unit === "points" ? "number" : "seconds", row.value, this.lang, this.t);
    },
    outside(event) {
      if (event.target === this.$refs.window) this.$refs.window.close();
    },
    shut() {
      this.rows = [];
    },
  },
};
