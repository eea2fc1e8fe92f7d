// The same numbers as in the chart, as a table that can be read aloud, sorted and followed to the conversations.
import { shown } from "./values.js";

const COLUMNS = ["conversations", "contained", "handed_over", "handoffs", "first_response", "first_response_share", "resolution", "first_contact", "reopened", "csat", "nps", "complaint_rate", "abandoned", "left_messages"];

export const BreakdownTable = {
  props: { t: Object, lang: String, by: String, lines: Array, figures: Object, definitions: Object, chosen: String },
  emits: ["behind"],
  template: `<div class="sheet-wrap" tabindex="0" role="region" :aria-label="t.history.table"><table class="sheet breakdown" data-testid="history-table">
      <caption class="unseen">{{ t.history.table }}</caption>
      <thead><tr><th scope="col">{{ t.history['by_' + by] }}</th><th v-for="key in columns" :key="key" scope="col" class="number" :class="{ on: key === chosen }" :aria-sort="sorted === key ? 'descending' : undefined">
        <button type="button" class="sort" @click="sorted = sorted === key ? '' : key">{{ definitions[key].name }}<span v-if="sorted === key" aria-hidden="true"> ↓</span></button></th></tr></thead>
      <tbody><tr v-for="line in ordered" :key="line.value" data-testid="history-line"><th scope="row">{{ line.name }}</th>
        <td v-for="key in columns" :key="key" class="number" :class="{ on: key === chosen }"><button v-if="line.figures[key]" type="button" class="cell" :aria-label="line.name + ', ' + definitions[key].name + ' ' + text(line, key) + ': ' + t.history.behind" @click="$emit('behind', key, line.value)">{{ text(line, key) }}</button><span v-else class="soft">–</span></td></tr></tbody></table>
      <p v-if="!lines.length" class="empty">{{ t.history.empty }}</p></div>`,
  data() {
    return { sorted: "" };
  },
  computed: {
    columns() {
      return COLUMNS.includes(this.chosen) ? COLUMNS : [this.chosen, ...COLUMNS];
    },
    ordered() {
      if (!this.sorted) return this.by === "day" ? [...this.lines].reverse() : this.lines;
      const size = (line) => line.figures[this.sorted]?.value ?? -Infinity;
      return [...this.lines].sort((a, b) => size(b) - size(a));
    },
  },
  methods: {
    text(line, key) {
      return shown(this.figures[key].unit, line.figures[key].value, this.lang, this.t);
    },
  },
};
