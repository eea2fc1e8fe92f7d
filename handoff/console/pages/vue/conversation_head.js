export default {
  props: { t: Object, head: Object },
  emits: ["claim", "finish", "view"],
  template: `
    <div class="head-wrap"><div v-if="head" class="head">
      <button type="button" class="quiet narrow-only back" data-testid="back" :aria-label="t.conversation.back" @click="$emit('view', { to: 'queue' })">‹</button>
      <div class="head-who"><h1>{{ head.customer }} <span v-if="head.vip" class="vip">VIP</span></h1>
        <p><span class="state" :class="'state-' + head.state" data-testid="conversation-state">{{ head.state_text }}</span>
          <span class="fact">{{ head.lang }}</span><span class="fact">{{ head.channel }}</span></p></div>
      <div class="head-do">
        <button v-if="head.handoff" type="button" class="primary" data-testid="claim-open" @click="$emit('claim', { id: head.handoff })">{{ t.conversation.claim }}</button>
        <template v-if="head.state === 'mine'">
          <button type="button" class="plain" data-testid="return-bot" @click="ask('return')">{{ t.conversation.return }}</button>
          <button type="button" class="plain" data-testid="close" @click="ask('close')">{{ t.conversation.close }}</button></template>
      </div>
      <button type="button" class="quiet card-toggle" data-testid="to-card" @click="$emit('view', { to: 'card' })">{{ t.conversation.to_card }} ›</button></div>
      <dialog ref="ask" class="window" data-testid="confirm" :aria-label="how && t.conversation[how + '_ask']">
        <template v-if="how"><h2>{{ t.conversation[how + "_ask"] }}</h2><p>{{ t.conversation[how + "_hint"] }}</p>
          <form method="dialog" class="window-do"><button class="plain" data-testid="confirm-no">{{ t.conversation.cancel }}</button>
            <button class="primary" data-testid="confirm-yes" autofocus @click="finish">{{ t.conversation.confirm }}</button></form></template>
      </dialog></div>`,
  data() {
    return { how: null, fence: 0, conv: null };
  },
  methods: {
    ask(how) {
      // What was on the screen when the question was asked is what gets finished.
      [this.how, this.fence, this.conv] = [how, this.head.fence, this.head.conv];
      this.$nextTick(() => this.$refs.ask.showModal());
    },
    finish() {
      this.$emit("finish", { how: this.how, conv: this.conv, fence: this.fence });
    },
  },
};
