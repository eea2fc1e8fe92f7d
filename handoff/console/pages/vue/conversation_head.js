import { commands, fill } from "baton-console";

const REASONS = ["solved", "explained", "refund", "order", "complaint", "elsewhere", "no_reply", "spam"];

export default {
  props: { t: Object, head: Object, colleagues: Array, skills: Array },
  emits: ["claim", "decline", "close", "give_back", "transfer", "take_over", "colleagues", "view"],
  template: `
    <div class="head-wrap"><div v-if="head" class="head">
      <button type="button" class="quiet narrow-only back" data-testid="back" :aria-label="t.conversation.back" @click="$emit('view', { to: 'queue' })">‹</button>
      <div class="head-who"><h1>{{ head.customer }} <span v-if="head.vip" class="vip">VIP</span></h1>
        <p><span class="state" :class="'state-' + head.state" data-testid="conversation-state">{{ head.state_text }}</span>
          <span class="fact">{{ head.lang }}</span><span class="fact">{{ head.channel }}</span><span v-if="head.looking" class="fact looking" data-testid="looking">{{ head.looking }}</span></p></div>
      <div class="head-do">
        <template v-if="head.handoff"><button v-if="head.offered" type="button" class="plain" data-testid="decline-open" @click="$emit('decline', { id: head.handoff })">{{ t.queue.decline }}</button>
          <button type="button" class="primary" data-testid="claim-open" @click="$emit('claim', { id: head.handoff })">{{ head.offered ? t.queue.accept : t.conversation.claim }}</button></template>
        <button v-if="head.may_take_over" type="button" class="plain" data-testid="take-over" @click="ask('take_over')">{{ t.conversation.take_over }}</button>
        <template v-if="head.state === 'mine'">
          <button type="button" class="plain" data-testid="transfer" @click="ask('transfer')">{{ t.conversation.transfer }}</button>
          <button type="button" class="plain" data-testid="return-bot" @click="ask('give_back')">{{ t.conversation.return }}</button>
          <button type="button" class="plain" data-testid="close" @click="ask('close')">{{ t.conversation.close }}</button></template>
      </div>
      <button type="button" class="quiet card-toggle" data-testid="to-card" @click="$emit('view', { to: 'card' })">{{ t.conversation.to_card }} ›</button></div>
      <dialog ref="ask" class="window" data-testid="confirm" :aria-label="how && t.conversation[how + '_ask']">
        <template v-if="how"><h2>{{ t.conversation[how + "_ask"] }}</h2><p>{{ t.conversation[how + "_hint"] }}</p>
          <form method="dialog" class="asked" @submit="finish">
            <template v-if="how === 'transfer'">
              <fieldset class="choices"><legend class="unseen">{{ t.conversation.to_whom }}</legend>
                <label v-for="one in colleagues" :key="one.id" class="choice" :class="{ off: !free(one) }"><input type="radio" name="target" :value="'a:' + one.id" v-model="target" :disabled="!free(one)" data-testid="colleague">
                  <span class="dot" :class="'is-' + one.state" aria-hidden="true"></span><span class="grow">{{ one.display_name }}<small v-if="one.skills.length"> · {{ one.skills.join(" · ") }}</small></span><small>{{ stateOf(one) }}</small></label>
                <label v-for="skill in skills" :key="skill" class="choice"><input type="radio" name="target" :value="'s:' + skill" v-model="target" data-testid="skill"><span class="grow">{{ named(skill) }}</span><small>{{ t.conversation.by_queue }}</small></label>
                <p v-if="!colleagues.length && !skills.length" class="soft">{{ t.conversation.no_colleagues }}</p></fieldset></template>
            <template v-if="how === 'close'">
              <div class="field"><label for="close-reason">{{ t.conversation.close_reason }}</label><select id="close-reason" v-model="reason" data-testid="close-reason"><option value="">{{ t.conversation.choose }}</option><option v-for="one in reasons" :key="one" :value="one">{{ t.close_reason[one] }}</option></select></div>
              <div class="field"><label for="close-tags">{{ t.conversation.tags }}</label><input id="close-tags" v-model="tags" maxlength="200" autocomplete="off" :placeholder="t.conversation.tags_hint" data-testid="close-tags"></div></template>
            <div v-else class="field"><label for="ask-words">{{ t.conversation[how + "_words"] }}</label><textarea id="ask-words" v-model="words" maxlength="2000" :placeholder="t.conversation[how + '_placeholder']" data-testid="ask-words"></textarea></div>
            <div class="window-do"><button class="plain" value="no" formnovalidate data-testid="confirm-no">{{ t.conversation.cancel }}</button>
              <button class="primary" value="yes" data-testid="confirm-yes" :disabled="how === 'transfer' && !target">{{ t.conversation.confirm }}</button></div></form></template>
      </dialog></div>`,
  data() {
    return { how: null, fence: 0, conv: null, target: "", words: "", reason: "", tags: "", reasons: REASONS };
  },
  mounted() {
    commands.offer("conversation", () => {
      const [head, t, list] = [this.head, this.t.conversation, []];
      if (head?.handoff) list.push({ text: t.claim, keys: "c", run: () => this.$emit("claim", { id: head.handoff }) });
      if (head?.state === "mine") for (const how of ["transfer", "give_back", "close"]) list.push({ text: t[how === "give_back" ? "return" : how], run: () => this.ask(how) });
      if (head?.may_take_over) list.push({ text: t.take_over, run: () => this.ask("take_over") });
      return list;
    });
  },
  unmounted() {
    commands.withdraw("conversation");
  },
  methods: {
    ask(how) {
      // What was on the screen when the question was asked is what gets finished.
      [this.how, this.fence, this.conv] = [how, this.head.fence, this.head.conv];
      [this.target, this.words, this.reason, this.tags] = ["", "", "", ""];
      if (how === "transfer") this.$emit("colleagues", {});
      this.$nextTick(() => this.$refs.ask.showModal());
    },
    finish(event) {
      if (event.submitter?.value !== "yes") return;
      const about = { conv: this.conv, fence: this.fence };
      const tags = this.tags.split(/[,，、;；]/).map((tag) => tag.trim()).filter(Boolean);
      if (this.how === "close") this.$emit("close", { ...about, reason: this.reason, tags });
      else if (this.how === "give_back") this.$emit("give_back", { ...about, summary: this.words });
      else if (this.how === "take_over") this.$emit("take_over", { ...about, note: this.words });
      else this.$emit("transfer", { ...about, person: this.target.startsWith("a:") ? this.target.slice(2) : "", skill: this.target.startsWith("s:") ? this.target.slice(2) : "", note: this.words });
    },
    free: (one) => one.state === "online" && one.free > 0,
    stateOf(one) {
      if (one.state !== "online") return this.t.presence[one.state];
      return one.free > 0 ? fill(this.t.conversation.load, { load: one.load, cap: one.cap }) : this.t.conversation.full;
    },
    named(skill) {
      return fill(this.t.conversation.skill, { name: skill });
    },
  },
};
