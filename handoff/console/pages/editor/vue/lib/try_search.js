// Asks the live index as a customer would, and shows every view of each score.

import { mendedParts, percent } from "baton-editor/api.js";

export const TrySearch = {
  props: { t: Object, call: Function, start: String },
  emits: ["open", "tell"],
  template: `
    <section class="ed-tab" :aria-label="t.editor.try">
      <form class="ed-ask" @submit.prevent="ask">
        <label class="unseen" for="ed-ask">{{ t.editor.ask_label }}</label>
        <input id="ed-ask" v-model="text" data-testid="ask" :placeholder="t.editor.ask_label" autocomplete="off">
        <button class="primary" data-testid="ask-go" :disabled="busy || !text.trim()">{{ t.editor.ask_go }}</button></form>
      <p v-if="problem" class="ed-problem" role="alert">{{ problem }}</p>
      <template v-if="found">
        <p class="ed-note" data-testid="ask-verdict">{{ verdict }} <button type="button" class="ed-link" data-testid="right-none" @click="confirm(null)">{{ t.editor.right_none }}</button></p>
        <p v-if="readAs.length" class="ed-note ed-read-as" data-testid="read-as">{{ t.editor.read_as }} “<template v-for="(part, n) in readAs" :key="n"><mark v-if="part.mended">{{ part.text }}</mark><template v-else>{{ part.text }}</template></template>” <small>{{ t.editor.read_as_hint }}</small></p>
        <ol class="ed-hits">
          <li v-for="(hit, n) in found.hits" :key="hit.id" class="ed-hit" :class="'zone-' + hit.zone" data-testid="hit" :data-entry="hit.id">
            <div class="ed-hit-head"><span class="ed-zone">{{ t.editor['zone_' + hit.zone] }}</span><strong>{{ hit.question }}</strong><span class="ed-score">{{ share(hit.score) }}</span></div>
            <div class="ed-bar" aria-hidden="true"><i :style="{ width: share(hit.score) }"></i><b :style="{ left: share(found.clarify_from) }"></b><b :style="{ left: share(found.answer_from) }"></b></div>
            <p class="ed-facts"><span>{{ hit.id }}</span><span v-if="hit.exact">{{ t.editor.exact }}</span><span>{{ t.editor_view.dense }} {{ hit.dense.toFixed(3) }}</span><span>{{ t.editor_view.lexical }} {{ share(hit.lexical) }}</span>
              <span v-if="hit.nearest">{{ t.editor.nearest_wording }} “{{ hit.nearest }}” {{ hit.cosine.toFixed(3) }}</span></p>
            <details><summary>{{ t.editor.explain }}</summary><div class="ed-tables">
              <table class="ed-views"><thead><tr><th>{{ t.editor.view }}</th><th>{{ t.editor.value }}</th><th>{{ n ? t.editor.against_first : t.editor.against_second }}</th></tr></thead><tbody>
                <tr v-for="(value, name) in hit.views" :key="name"><th scope="row">{{ t.editor_view[name] ?? name }}<small>{{ t.editor_view_hint[name] }}</small></th><td>{{ value.toFixed(2) }}</td><td>{{ against(n, name) }}</td></tr></tbody></table>
              <table v-if="n === 0" class="ed-views"><thead><tr><th>{{ t.editor.certainty }}</th><th>{{ t.editor.value }}</th></tr></thead><tbody>
                <tr v-for="(value, name) in found.first" :key="name"><th scope="row">{{ t.editor_view[name] ?? name }}<small>{{ t.editor_view_hint[name] }}</small></th><td>{{ value.toFixed(2) }}</td></tr></tbody></table></div></details>
            <p class="ed-do"><button type="button" class="plain" @click="$emit('open', hit.id)">{{ t.editor.edit }}</button>
              <button type="button" class="quiet" data-testid="right-this" @click="confirm(hit.id)">{{ t.editor.right_this }}</button></p></li>
        </ol></template>
      <p v-else-if="!problem" class="empty">{{ t.editor.try_hint }}</p>
    </section>`,
  data() {
    return { text: this.start ?? "", asked: "", found: null, busy: false, problem: "" };
  },
  computed: {
    verdict() {
      const zone = this.found.hits[0]?.zone ?? "none";
      return this.t.editor["verdict_" + zone];
    },
    readAs() {
      return this.found.read_as ? mendedParts(this.asked, this.found.read_as) : [];
    },
  },
  methods: {
    share: percent,
    // What a view adds for this entry, less what it adds for the one it is compared with.
    against(n, name) {
      const other = this.found.hits[n ? 0 : 1];
      const lead = this.found.hits[n].weighted[name] - (other?.weighted[name] ?? 0);
      return (lead > 0 ? "+" : "") + lead.toFixed(2);
    },
    async ask() {
      this.busy = true;
      this.problem = "";
      try {
        this.asked = this.text;
        this.found = await this.call("POST", "search", { text: this.text });
      } catch (error) {
        this.found = null;
        this.problem = error.code === "actions_unavailable" ? this.t.editor.no_encoder : error.message || this.t.editor.offline;
      }
      this.busy = false;
    },
    async confirm(id) {
      try {
        await this.call("POST", "saved", { question: this.asked, entry_id: id });
        this.$emit("tell", this.t.editor.saved_question);
      } catch (error) {
        this.$emit("tell", error.status === 422 ? this.t.editor.not_saved_question : error.message || this.t.editor.offline, true);
      }
    },
  },
};
