// How the answer will look: in the widget, drawn by the widget's own code, and in WeChat; beside it what the check says.

import { markdown } from "baton-widget/dom.js";

export const Preview = {
  props: { t: Object, entry: String, question: String, preview: Object, findings: Array, checking: Boolean },
  template: `
    <aside class="ed-preview" :aria-label="t.editor.preview" :aria-busy="String(checking)">
      <h2>{{ t.editor.check }}</h2>
      <ul v-if="findings.length" class="ed-findings" data-testid="findings">
        <li v-for="(one, n) in findings" :key="n" :class="'is-' + one.level"><strong>{{ t.editor[one.level] }}</strong> <code v-if="one.id && one.id !== entry">{{ one.id }}</code> {{ one.message }}
          <q v-if="one.source && !one.source.startsWith('## ')" class="ed-source">{{ one.source.trim() }}</q>
          <span class="ed-remedy">{{ one.remedy }}</span></li></ul>
      <p v-else class="ed-fine" data-testid="no-findings">{{ t.editor.no_findings }}</p>
      <h2>{{ t.editor.preview }}</h2>
      <div class="ed-modes" role="tablist" :aria-label="t.editor.preview">
        <button v-for="name in ['web', 'wechat']" :key="name" type="button" role="tab" :aria-selected="String(channel === name)" :data-testid="'preview-' + name"
          @click="channel = name">{{ t.editor['channel_' + name] }}</button></div>
      <div class="ed-phone" :class="'is-' + channel" data-testid="preview">
        <p class="ed-bubble mine">{{ question }}</p>
        <template v-if="preview">
          <div v-show="channel === 'web'" ref="web" class="ed-bubble ed-rich" data-testid="preview-answer"></div>
          <p v-if="channel === 'wechat'" class="ed-bubble words" data-testid="preview-wechat-text">{{ wechatText }}</p>
          <template v-if="channel === 'web'">
            <template v-for="image in preview.web.images" :key="image"><img v-if="image.startsWith('/')" class="ed-image" :src="image" alt=""><span v-else class="ed-address">🖼 {{ image }}</span></template>
            <span v-for="link in preview.web.links" :key="link" class="ed-address">🔗 {{ link }}</span></template>
          <span v-for="title in preview[channel].buttons" :key="title" class="ed-reply" :class="{ predicted: preview.predicted.includes(title) }">{{ title }}</span>
          <p v-if="preview.predicted.length" class="ed-note-small" data-testid="predicted">{{ t.editor.predicted }}</p>
        </template>
        <p v-else class="empty">{{ t.editor.no_preview }}</p>
      </div>
    </aside>`,
  data() {
    return { channel: "web" };
  },
  computed: {
    // WeChat turns these anchors into links; here their words stand for them.
    wechatText() {
      return this.preview.wechat.text.replace(/<a href="([^"]*)">([^<]*)<\/a>/g, "$2");
    },
  },
  watch: { preview: { deep: true, handler: "draw" } },
  mounted() {
    this.draw();
  },
  methods: {
    draw() {
      this.$nextTick(() => this.$refs.web?.replaceChildren(...(this.preview ? [markdown(this.preview.web.text)] : [])));
    },
  },
};
