// What publishing would change for the saved questions; a closed gate asks why it must not stop this.

export const GateWindow = {
  props: { t: Object, gate: Object, busy: Boolean },
  emits: ["publish", "leave"],
  template: `
    <dialog ref="box" class="window wide" data-testid="gate" :aria-label="t.editor.gate" @close="$emit('leave')">
      <h2>{{ heading }}</h2>
      <p v-if="gate.report.asked">{{ summary }}</p>
      <ul class="ed-changes" v-if="gate.report.changes?.length">
        <li v-for="(one, n) in gate.report.changes" :key="n" :class="{ worse: one.regression, better: one.mended }">
          <strong>{{ one.regression ? t.editor.worse : one.mended ? t.editor.better : t.editor.otherwise }}</strong> {{ one.question }}
          <span class="ed-remedy">{{ name(one.before) }} → {{ name(one.after) }} · {{ t.editor.right }} {{ name(one.expected) }}</span></li></ul>
      <template v-if="gate.closed">
        <label class="ed-why">{{ t.editor.why }}<textarea v-model="why" rows="2" data-testid="override"></textarea></label>
        <p>{{ t.editor.why_hint }}</p></template>
      <div class="window-do">
        <button type="button" class="plain" data-testid="gate-leave" @click="$refs.box.close()">{{ t.editor.back_to_edit }}</button>
        <button type="button" class="primary" data-testid="gate-publish" :disabled="busy || (gate.closed && why.trim().length < 4)" @click="$emit('publish', why)">
          {{ gate.closed ? t.editor.publish_anyway : t.editor.publish }}</button></div>
    </dialog>`,
  data() {
    return { why: "" };
  },
  computed: {
    heading() {
      return this.t.editor["gate_" + this.gate.gate];
    },
    summary() {
      const { asked, reached, changes, regressions } = this.gate.report;
      if (!reached) return this.t.editor.gate_unreached.replace("{asked}", asked);
      return this.t.editor.gate_summary.replace("{asked}", asked).replace("{reached}", reached).replace("{changed}", changes.length).replace("{worse}", regressions);
    },
  },
  mounted() {
    this.$refs.box.showModal();
  },
  methods: {
    name(id) {
      return id ?? this.t.editor.no_answer;
    },
  },
};
