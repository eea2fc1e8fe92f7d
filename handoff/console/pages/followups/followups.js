import { dateTime, freshId } from "baton-console";

export default {
  props: { t: Object, lang: String, messages: Array, complaints: Array, finished: Array, show_done: Boolean },
  emits: ["take", "release", "finish", "answer", "done_list", "finish_complaint"],
  template: `
    <div data-testid="followups"><div class="page-head"><div><h1>{{ t.followups.heading }}</h1><p>{{ t.followups.lead }}</p></div></div>
      <section class="panel"><h2>{{ t.followups.messages }} <span class="tag" :class="{ warn: messages.length }">{{ messages.length }}</span></h2><p>{{ t.followups.messages_hint }}</p>
        <p v-if="!messages.length" class="soft">{{ t.followups.no_messages }}</p>
        <ul class="rows"><li v-for="one in messages" :key="one.id" class="stack" data-testid="left-message"><div class="grow">
            <strong>{{ one.customer }}</strong> <span v-if="one.contact" class="contact" data-testid="contact">{{ one.contact }}</span>
            <small>{{ when(one.created_at) }} · {{ one.channel }} · {{ one.lang }}<template v-if="one.skill"> · {{ one.skill }}</template> · <a :href="'./?c=' + one.conv">{{ t.followups.thread }}</a></small>
            <p class="words">{{ one.text }}</p></div>
          <div class="row-tools"><span v-if="one.owner" class="tag" :class="{ good: one.mine }">{{ one.mine ? t.queue.you : one.owner }}</span>
            <button v-if="!one.owner" type="button" class="primary" data-testid="take" @click="$emit('take', { id: one.id })">{{ t.followups.take }}</button>
            <template v-if="one.mine"><button type="button" class="quiet" @click="$emit('release', { id: one.id })">{{ t.followups.release }}</button>
              <button type="button" class="plain" data-testid="answer" @click="ask('answer', one)">{{ t.followups.answer }}</button>
              <button type="button" class="primary" data-testid="finish" @click="ask('finish', one)">{{ t.followups.finish }}</button></template></div></li></ul>
        <button type="button" class="quiet" data-testid="show-done" :aria-expanded="String(show_done)" @click="$emit('done_list', { show: !show_done })">{{ show_done ? t.followups.hide_done : t.followups.show_done }}</button>
        <ul v-if="show_done" class="rows"><li v-for="one in finished" :key="one.id" data-testid="done-message"><div class="grow"><strong>{{ one.customer }}</strong> <small>{{ when(one.done_at) }} · {{ one.owner }}</small><p class="words">{{ one.text }}</p><p class="words"><b>{{ t.followups.result }}</b> {{ one.result }}</p></div></li></ul></section>
      <section class="panel"><h2>{{ t.complaint.heading }} <span class="tag" :class="{ warn: complaints.length }">{{ complaints.length }}</span></h2><p>{{ t.followups.complaints_hint }}</p>
        <p v-if="!complaints.length" class="soft">{{ t.followups.no_complaints }}</p>
        <ul class="rows"><li v-for="one in complaints" :key="one.id" class="stack" data-testid="open-complaint"><div class="grow"><strong>{{ one.number }}</strong> <span class="tag" :class="{ bad: one.severity > 2 }">{{ one.severity_text }}</span>
            <span v-if="late(one)" class="tag bad">{{ t.queue.overdue }}</span><small>{{ t.complaint.due }} {{ when(one.due_at) }} · {{ one.owner }} · <a :href="'./?c=' + one.conv">{{ one.customer }}</a></small><p class="words">{{ one.text }}</p></div>
          <div class="row-tools"><button type="button" class="primary" data-testid="finish-complaint" @click="ask('finish_complaint', one)">{{ t.followups.finish }}</button></div></li></ul></section>
      <dialog ref="window" class="window" data-testid="followup-window" :aria-label="how && t.followups[how]"><template v-if="how"><h2>{{ t.followups[how] }}</h2><p>{{ t.followups[how + "_hint"] }}</p>
        <form class="asked" @submit.prevent="go"><div class="field"><label for="f-words">{{ t.followups[how + "_words"] }}</label><textarea id="f-words" v-model="words" maxlength="1000" data-testid="f-words"></textarea></div>
          <div class="window-do"><button type="button" class="plain" @click="$refs.window.close()">{{ t.conversation.cancel }}</button><button class="primary" :disabled="!words.trim() || busy" data-testid="f-go">{{ t.conversation.confirm }}</button></div></form></template></dialog>
    </div>`,
  data() {
    return { how: null, about: null, words: "", busy: false, message_id: "" };
  },
  methods: {
    when(at) {
      return dateTime(at, this.lang);
    },
    late: (one) => one.due_at < Date.now() / 1000,
    ask(how, about) {
      [this.how, this.about, this.words, this.busy, this.message_id] = [how, about, "", false, freshId()];
      this.$nextTick(() => this.$refs.window.showModal());
    },
    go() {
      this.busy = true;
      this.$emit(this.how, { id: this.about.id, conv: this.about.conv, words: this.words, message_id: this.message_id });
    },
    done() {
      if (this.$refs.window.open) this.$refs.window.close();
    },
    refused() {
      this.busy = false;
    },
  },
};
