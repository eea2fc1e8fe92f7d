import { DefinitionButton } from "baton-console";

const PERIODS = ["today", "7d", "30d", "custom"];
const day = (at, lang) => new Date(at * 1000).toLocaleDateString(lang, { month: "2-digit", day: "2-digit" });

export default {
  components: { DefinitionButton },
  props: { t: Object, lang: String, dimensions: Array, samples: Array, opened: String, items: Array, results: Object, defined: Object, most: Number },
  emits: ["draw", "items", "open", "results"],
  template: `
    <div class="quality-list" data-testid="quality" tabindex="0"><div class="quality-page">
      <div class="page-head"><div><h1>{{ t.quality.heading }}</h1><p>{{ t.quality.lead }}</p></div></div>
      <section class="panel"><h2>{{ t.quality.draw }}</h2><p>{{ t.quality.draw_hint }}</p>
        <form class="quality-draw" @submit.prevent="draw">
          <label class="field">{{ t.quality.period }}<select v-model="asked.period" data-testid="draw-period"><option v-for="one in periods" :key="one" :value="one">{{ t.quality["period_" + one] }}</option></select></label>
          <template v-if="asked.period === 'custom'"><label class="field">{{ t.quality.first }}<input v-model="asked.first" type="date" required data-testid="draw-first"></label><label class="field">{{ t.quality.last }}<input v-model="asked.last" type="date" required data-testid="draw-last"></label></template>
          <label class="field narrow">{{ t.quality.wanted }}<input v-model.number="asked.wanted" type="number" min="1" :max="most" required data-testid="draw-wanted"></label>
          <label class="field">{{ t.quality.kind }}<select v-model="asked.kind" data-testid="draw-kind"><option v-for="one in ['all', 'contained', 'handed_over']" :key="one" :value="one">{{ t.quality["kind_" + one] }}</option></select></label>
          <label class="field">{{ t.quality.seed }}<input v-model.trim="asked.seed" maxlength="64" autocomplete="off" :title="t.quality.seed_hint" data-testid="draw-seed"></label>
          <button class="primary" :disabled="busy" data-testid="draw-go">{{ t.quality.draw }}</button></form></section>
      <section class="panel"><h2>{{ t.quality.samples }}</h2><p v-if="!samples.length" class="soft">{{ t.quality.samples_none }}</p>
        <ul class="rows"><li v-for="one in samples" :key="one.id" class="sample" data-testid="sample"><div class="sample-head"><div class="grow"><strong>{{ put(t.quality.sample_line, { period: period(one), size: one.size }) }}</strong>
            <small>{{ put(t.quality.sample_small, { name: one.name, time: when(one.at), kind: one.kind, seed: one.seed }) }}</small></div>
          <span class="tag" :class="{ good: one.done }" data-testid="progress">{{ one.progress }}</span>
          <button type="button" class="quiet" :aria-expanded="String(shown === one.id)" data-testid="sample-open" @click="toggle(one)">{{ shown === one.id ? t.quality.hide : t.quality.show }}</button></div>
          <div v-if="shown === one.id && opened === one.id" class="sheet-wrap"><table class="sheet cards"><thead><tr><th scope="col">{{ t.quality.item }}</th><th scope="col">{{ t.quality.item_kind }}</th><th scope="col">{{ t.quality.item_ended }}</th><th scope="col">{{ t.quality.item_state }}</th><th scope="col"><span class="unseen">{{ t.quality.review }}</span></th></tr></thead>
            <tbody><tr v-for="item in items" :key="item.place" data-testid="item" :data-conv="item.conv" :data-state="item.state"><td>{{ item.place }} · {{ item.customer }} <small>{{ item.channel }}</small></td><td :data-label="t.quality.item_kind">{{ item.who }}</td><td class="nowrap" :data-label="t.quality.item_ended">{{ when(item.ended_at) }}</td>
              <td :data-label="t.quality.item_state"><span class="tag" :class="{ good: item.state === 'submitted', warn: item.state === 'draft' }">{{ item.state_text }}</span> <small>{{ item.sheets }}</small></td>
              <td class="row-do"><button type="button" :class="item.state === 'none' || item.state === 'draft' ? 'primary' : 'plain'" data-testid="item-open" @click="$emit('open', { conv: item.conv, episode: item.episode })">{{ item.state === 'none' || item.state === 'draft' ? t.quality.review : t.quality.again }}</button></td></tr></tbody></table></div></li></ul></section>
      <section class="panel"><div class="results-head"><div class="grow"><h2>{{ t.quality.results }}<definition-button :of="defined.quality_mean" :t="t"/></h2><p class="soft">{{ t.quality.results_hint }}</p></div>
          <label class="choose">{{ t.quality.results_period }}<select v-model="when_.period" data-testid="results-period" @change="ask"><option v-for="one in periods" :key="one" :value="one">{{ t.quality["period_" + one] }}</option></select></label>
          <template v-if="when_.period === 'custom'"><label class="choose">{{ t.quality.first }}<input v-model="when_.first" type="date" @change="ask"></label><label class="choose">{{ t.quality.last }}<input v-model="when_.last" type="date" @change="ask"></label></template>
          <a v-for="form in ['csv', 'xlsx']" :key="form" class="plain file-link" :href="file(form)" download :data-testid="'export-' + form">{{ t.quality.export }} {{ form.toUpperCase() }}</a></div>
        <p v-if="!results || !results.lines.length" class="soft" data-testid="results-none">{{ t.quality.results_none }}</p>
        <div v-else class="sheet-wrap"><table class="sheet cards" data-testid="results"><thead><tr><th scope="col">{{ t.quality.who }}</th><th scope="col" class="number">{{ t.quality.sheets }}</th><th v-for="name in dimensions" :key="name" scope="col" class="number">{{ t.servqual[name] }}</th><th scope="col" class="number">{{ t.quality.overall }}</th><th scope="col" class="number">{{ t.quality.wrong }}<definition-button :of="defined.quality_wrong" :t="t"/></th></tr></thead>
          <tbody><tr v-for="(one, n) in results.lines" :key="n" :class="{ total: !n }" data-testid="result-line"><th scope="row">{{ one.who }}</th><td class="number" :data-label="t.quality.sheets">{{ one.sheets }}</td><td v-for="(name, k) in dimensions" :key="name" class="number" :data-label="t.servqual[name]">{{ one.means[k] }}</td><td class="number" :data-label="t.quality.overall"><b>{{ one.overall }}</b></td><td class="number" :data-label="t.quality.wrong">{{ one.wrong }}</td></tr></tbody></table></div>
        <h3 class="agreement-head">{{ t.quality.agreement }}<definition-button :of="defined.quality_agreement" :t="t"/></h3>
        <p v-if="!results || !results.agreement.length" class="soft">{{ t.quality.agreement_none }}</p>
        <div v-else class="sheet-wrap"><table class="sheet cards" data-testid="agreement"><thead><tr><th scope="col">{{ t.quality.dimension }}</th><th scope="col" class="number">{{ t.quality.pairs }}</th><th scope="col" class="number">{{ t.quality.same }}</th><th scope="col" class="number">{{ t.quality.near }}</th><th scope="col" class="number">{{ t.quality.alpha }}</th></tr></thead>
          <tbody><tr v-for="one in results.agreement" :key="one.name"><th scope="row">{{ one.name }}</th><td class="number" :data-label="t.quality.pairs">{{ one.pairs }}</td><td class="number" :data-label="t.quality.same">{{ one.same }}</td><td class="number" :data-label="t.quality.near">{{ one.near }}</td><td class="number" :data-label="t.quality.alpha">{{ one.alpha }}</td></tr></tbody></table></div>
      </section></div></div>`,
  data() {
    return { periods: PERIODS, asked: { period: "7d", first: "", last: "", wanted: 10, kind: "all", seed: "" }, when_: { period: "30d", first: "", last: "" }, busy: false, shown: this.opened };
  },
  watch: {
    opened(id) {
      this.shown = id;
    },
  },
  methods: {
    put: (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all),
    when(at) {
      return new Date(at * 1000).toLocaleString(this.lang, { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
    },
    period(one) {
      const [from, to] = [day(one.since, this.lang), day(one.until - 1, this.lang)];
      return from === to ? from : `${from} – ${to}`;
    },
    file(form) {
      const { since, until } = this.results ?? { since: 0, until: 0 };
      return `../api/v1/agent/quality/sheets.${form}?since=${since}&until=${until}&lang=${this.lang.slice(0, 2)}`;
    },
    draw() {
      this.busy = true;
      this.$emit("draw", { ...this.asked });
    },
    // Called by the server.
    drawn() {
      this.busy = false;
    },
    toggle(one) {
      if (this.shown === one.id) this.shown = "";
      else {
        this.shown = one.id;
        this.$emit("items", { id: one.id });
      }
    },
    ask() {
      const { period, first, last } = this.when_;
      if (period !== "custom" || (first && last)) this.$emit("results", { period, first, last });
    },
  },
};
