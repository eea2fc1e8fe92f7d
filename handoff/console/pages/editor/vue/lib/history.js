// Earlier versions of an entry from git, each beside what is on the screen; taking one back changes only the draft.

import { dateOf, hunks, lineDiff } from "baton-editor/api.js";

export const HistoryWindow = {
  props: { t: Object, history: Object, section: String, lang: String },
  emits: ["take", "leave"],
  template: `
    <dialog ref="box" class="window wide" data-testid="history" :aria-label="t.editor.history" @close="$emit('leave')">
      <h2>{{ t.editor.history }}</h2>
      <p v-if="history.kept !== 'git'" data-testid="history-none">{{ t.editor['history_' + history.kept] }}</p>
      <p v-else-if="history.unsaved">{{ t.editor.history_unsaved }}</p>
      <ol class="ed-versions">
        <li v-for="one in history.versions" :key="one.commit"><details><summary><strong>{{ one.subject }}</strong> {{ one.author }} · {{ date(one.at) }}</summary>
          <p v-if="!diff(one).length" class="ed-note">{{ t.editor.same_as_now }}</p><pre v-else class="ed-diff"><template v-for="(line, n) in diff(one)" :key="n"><span :class="{ plus: line.mark === '+', minus: line.mark === '-' }">{{ line.mark }} {{ line.text + '\\n' }}</span></template></pre>
          <button v-if="one.section" type="button" class="plain" data-testid="take-back" @click="$emit('take', one.section)">{{ t.editor.take_back }}</button></details></li></ol>
      <div class="window-do"><button type="button" class="primary" @click="$refs.box.close()">{{ t.editor.close }}</button></div>
    </dialog>`,
  mounted() {
    this.$refs.box.showModal();
  },
  methods: {
    date(at) {
      return dateOf(at, this.lang);
    },
    diff(version) {
      return hunks(lineDiff(this.section.trimEnd(), version.section.trimEnd()));
    },
  },
};
