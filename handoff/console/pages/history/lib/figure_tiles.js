// The figures in groups: value, target, what it was before, what it means, and a way to the conversations behind it.
import { DefinitionButton } from "baton-console";
import { change, shown } from "./values.js";

const GROUPS = {
  bot: ["conversations", "contained", "handed_over", "continued", "unanswered"],
  people: ["handoffs", "first_response", "first_response_p90", "first_response_share", "resolution", "resolution_p90", "resolution_share", "first_contact", "reopened", "transferred"],
  opinion: ["csat", "csat_share", "nps", "complaints", "complaint_rate", "complaints_in_time"],
  queue: ["abandoned", "left_messages", "left_done", "left_time"],
};

export const FigureTiles = {
  components: { DefinitionButton },
  props: { t: Object, lang: String, figures: Array, definitions: Object, chosen: String },
  emits: ["choose", "behind"],
  template: `<section v-for="(keys, group) in groups" :key="group" class="figure-group"><h2>{{ t.history['group_' + group] }}</h2>
    <ul class="tiles"><li v-for="one in keys" :key="one.key" class="tile" :class="{ on: one.key === chosen, good: one.met === true, bad: one.met === false }" :data-testid="'figure-' + one.key">
      <p class="tile-name"><span>{{ definitions[one.key].name }}</span><definition-button :of="definitions[one.key]" :t="t"></definition-button></p>
      <button type="button" class="tile-value" :aria-pressed="String(one.key === chosen)" :aria-label="definitions[one.key].name + ' ' + text(one) + ', ' + t.history.draw" :data-testid="'draw-' + one.key" @click="$emit('choose', one.key)">{{ text(one) }}</button>
      <p class="tile-facts">
        <span v-if="one.target !== null" class="tag" :class="one.met === null ? '' : one.met ? 'good' : 'bad'">{{ one.better === 'less' ? '≤' : '≥' }} {{ target(one) }}<span class="unseen">{{ one.met === null ? '' : one.met ? t.history.is_met : t.history.is_missed }}</span></span>
        <span v-if="moved(one)" class="moved" :class="moved(one).good === null ? '' : moved(one).good ? 'better' : 'worse'" :title="t.history.before_was + ' ' + before(one)"><span aria-hidden="true">{{ moved(one).arrow }}</span> {{ moved(one).said }}<span class="unseen">, {{ t.history.before_was }} {{ before(one) }}</span></span></p>
      <button v-if="one.unit === 'number' ? one.n : one.of" type="button" class="tile-behind" :data-testid="'behind-' + one.key" :aria-label="definitions[one.key].name + ': ' + t.history.behind" @click="$emit('behind', one.key)">{{ counted(one) }}</button>
      <p v-else class="tile-behind soft">{{ t.history.nothing }}</p></li></ul></section>`,
  computed: {
    groups() {
      const known = Object.fromEntries(this.figures.map((one) => [one.key, one]));
      return Object.fromEntries(Object.entries(GROUPS).map(([group, keys]) => [group, keys.map((key) => known[key])]));
    },
  },
  methods: {
    text(one) {
      return shown(one.unit, one.value, this.lang, this.t);
    },
    target(one) {
      return shown(one.unit, one.target, this.lang, this.t);
    },
    before(one) {
      return shown(one.unit, one.before, this.lang, this.t);
    },
    moved(one) {
      return change(one, this.lang, this.t);
    },
    counted(one) {
      const [n, of] = [one.n, one.of].map((number) => number.toLocaleString(this.lang));
      if (one.unit !== "share") return this.t.history.behind_n.replace("{n}", one.unit === "number" ? n : of);
      return this.t.history.behind_of.replace("{n}", n).replace("{of}", of);
    },
  },
};
