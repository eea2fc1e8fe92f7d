// Questions without a good answer, and what became of the answers that were given.

import { dateOf, percent } from "baton-editor/api.js";

const DAYS = [7, 30, 90];

export const GapList = {
  props: { t: Object, call: Function, lang: String },
  emits: ["write", "join", "open", "tell"],
  template: `
    <section class="ed-tab" :aria-label="t.editor.gaps">
      <p class="ed-bar-row"><label>{{ t.editor.period }} <select v-model.number="days" data-testid="gap-days" @change="load"><option v-for="n in periods" :key="n" :value="n">{{ n }} {{ t.editor.days }}</option></select></label>
        <label class="ed-check"><input v-model="all" type="checkbox" data-testid="gap-all">{{ t.editor.with_dismissed }}</label></p>
      <p v-if="problem" class="ed-problem" role="alert">{{ problem }}</p>
      <p v-if="!grouped" class="ed-note">{{ t.editor.not_grouped }}</p>
      <ol class="ed-hits">
        <li v-for="gap in shown" :key="gap.questions[0].question" class="ed-hit" :class="{ aside: gap.dismissed }" data-testid="gap">
          <div class="ed-hit-head"><span class="ed-times">{{ gap.count }}×</span><strong>{{ gap.questions[0].question }}</strong><span v-if="gap.refused" class="ed-badge" data-testid="gap-refused">{{ t.editor.refused }}</span><time>{{ date(gap.last_at) }}</time></div>
          <p v-if="gap.questions.length > 1" class="ed-others">{{ gap.questions.slice(1, 6).map((one) => one.question).join("　·　") }}</p>
          <p class="ed-facts"><span v-for="(count, miss) in gap.misses" :key="miss" class="ed-badge" :class="'miss-' + miss">{{ t.editor_miss[miss] }} {{ count }}</span>
            <span v-if="gap.nearest">{{ t.editor.nearest }} <button type="button" class="ed-link" @click="$emit('open', gap.nearest.id)">{{ gap.nearest.question }}</button> {{ share(gap.nearest.score) }}</span></p>
          <blockquote v-if="gap.draft" class="ed-quote"><small>{{ t.editor.agent_said }}</small>{{ gap.draft }}</blockquote>
          <p class="ed-do"><button type="button" class="plain" data-testid="gap-write" @click="$emit('write', gap)">{{ t.editor.write_entry }}</button>
            <button v-if="gap.nearest" type="button" class="plain" data-testid="gap-join" @click="$emit('join', gap)">{{ t.editor.join_nearest }}</button>
            <button type="button" class="quiet" data-testid="gap-refuse" :disabled="busy" @click="refuse(gap)">{{ gap.refused ? t.editor.answer_again : t.editor.refuse }}</button>
            <button v-if="!gap.refused" type="button" class="quiet" data-testid="gap-dismiss" @click="dismiss(gap)">{{ gap.dismissed ? t.editor.bring_back : t.editor.dismiss }}</button></p></li>
        <li v-if="ready && !shown.length" class="empty">{{ t.editor.no_gaps }}</li>
      </ol>
    </section>`,
  data() {
    return { days: 30, all: false, gaps: [], grouped: true, ready: false, busy: false, problem: "", periods: DAYS };
  },
  computed: {
    shown() {
      return this.gaps.filter((gap) => this.all || !gap.dismissed);
    },
  },
  mounted() {
    this.load();
  },
  methods: {
    share: percent,
    date(at) {
      return dateOf(at, this.lang);
    },
    async load() {
      try {
        Object.assign(this, await this.call("GET", "gaps?days=" + this.days), { problem: "" });
      } catch (error) {
        this.problem = error.message || this.t.editor.offline;
      }
      this.ready = true;
    },
    set(call, gap, undo) {
      return this.call("POST", "gaps/" + call, { questions: gap.questions.map((one) => one.question), undo });
    },
    fail(error) {
      this.$emit("tell", [error.message, error.reason].filter(Boolean).join(" ") || this.t.editor.offline, true);
    },
    async dismiss(gap) {
      try {
        await this.set("dismiss", gap, gap.dismissed);
        gap.dismissed = !gap.dismissed;
      } catch (error) {
        this.fail(error);
      }
    },
    async refuse(gap) {
      const undo = gap.refused;
      this.busy = true;
      try {
        this.$emit("tell", this.refusal(await this.set("refuse", gap, undo), undo));
        // Whoever is answered again may still have been put aside before; the server knows.
        if (undo) await this.load();
        else Object.assign(gap, { refused: true, dismissed: true });
      } catch (error) {
        this.fail(error);
      }
      this.busy = false;
    },
    refusal(done, undo) {
      const files = done.files.join(", ");
      const t = this.t;
      const changed = undo ? t.editor.gap_answered_again : t.editor.gap_refused;
      const said = files ? changed.replace("{files}", files) : undo ? t.editor.gap_not_there : t.editor.gap_refused_already;
      const more = [done.left_out && t.editor.gap_left_out.replace("{count}", done.left_out), done.kept_in_git === false && t.editor.not_in_git];
      return [said, ...more].filter(Boolean).join(" ");
    },
  },
};

const COLUMNS = ["asked", "accepted_share", "up", "down", "handed_over", "asked_again"];

export const Outcomes = {
  props: { t: Object, call: Function, entries: Array },
  emits: ["open"],
  template: `
    <section class="ed-tab" :aria-label="t.editor.outcomes">
      <p class="ed-bar-row"><label>{{ t.editor.period }} <select v-model.number="days" @change="load"><option v-for="n in periods" :key="n" :value="n">{{ n }} {{ t.editor.days }}</option></select></label></p>
      <p class="ed-note">{{ t.editor.outcomes_hint }}</p>
      <p v-if="problem" class="ed-problem" role="alert">{{ problem }}</p>
      <div class="ed-scroll" tabindex="0" role="region" :aria-label="t.editor.outcomes"><table v-if="rows.length" class="ed-table" data-testid="outcomes">
        <thead><tr><th scope="col">{{ t.editor.entry }}</th><th v-for="key in columns" :key="key" scope="col" :aria-sort="sort === key ? 'descending' : null">
          <button type="button" @click="sort = key">{{ t.editor_outcome[key] }}<span aria-hidden="true">{{ sort === key ? " ▾" : "" }}</span></button></th></tr></thead>
        <tbody><tr v-for="row in sorted" :key="row.entry_id"><th scope="row"><button type="button" class="ed-link" @click="$emit('open', row.entry_id)">{{ title(row.entry_id) }}</button></th>
          <td v-for="key in columns" :key="key">{{ key === 'accepted_share' ? share(row[key]) : row[key] }}</td></tr></tbody></table></div>
      <p v-if="ready && !rows.length" class="empty">{{ t.editor.no_outcomes }}</p>
    </section>`,
  data() {
    return { days: 30, rows: [], sort: "asked", ready: false, problem: "", columns: COLUMNS, periods: DAYS };
  },
  computed: {
    sorted() {
      return [...this.rows].sort((a, b) => (b[this.sort] ?? 0) - (a[this.sort] ?? 0));
    },
  },
  mounted() {
    this.load();
  },
  methods: {
    share: percent,
    title(id) {
      return this.entries.find((one) => one.id === id)?.question ?? id;
    },
    async load() {
      try {
        this.rows = await this.call("GET", "outcomes?days=" + this.days);
        this.problem = "";
      } catch (error) {
        this.problem = error.message || this.t.editor.offline;
      }
      this.ready = true;
    },
  },
};
