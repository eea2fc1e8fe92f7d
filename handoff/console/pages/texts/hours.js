import { dateTime, fill } from "baton-console";

export default {
  props: { t: Object, lang: String, text: String, state: String, next_open: Number, online: Number, holiday: String, versions: Array },
  emits: ["save"],
  template: `
    <section class="panel" data-testid="hours"><h2>{{ t.hours.heading }} <span class="tag" :class="{ good: state === 'open', warn: state === 'nobody', bad: state === 'closed' }" data-testid="hours-state">{{ t.hours[state] }}</span></h2>
      <p>{{ told }}</p>
      <details :open="opened"><summary @click.prevent="opened = !opened" data-testid="hours-edit">{{ t.hours.edit }}</summary>
        <div class="field"><label for="hours-text">{{ t.hours.text }}</label><textarea id="hours-text" class="code" v-model="draft" spellcheck="false" rows="14" data-testid="hours-text"></textarea><small>{{ t.hours.hint }}</small></div>
        <div class="window-do"><button v-if="draft !== text" type="button" class="plain" @click="draft = text">{{ t.hours.undo }}</button><button type="button" class="primary" :disabled="draft === text" data-testid="hours-save" @click="$emit('save', { text: draft })">{{ t.people.save }}</button></div>
        <h3 v-if="versions.length">{{ t.hours.versions }}</h3>
        <ul class="rows"><li v-for="one in versions" :key="one.version" data-testid="hours-version"><div><strong>{{ one.version }}</strong> · {{ one.author }} <small>{{ when(one.at) }}</small></div><button type="button" class="quiet" @click="draft = one.text">{{ t.hours.load }}</button></li></ul></details>
    </section>`,
  data() {
    return { draft: this.text, opened: false };
  },
  computed: {
    told() {
      const more = this.holiday ? ` ${this.holiday}` : "";
      const next = this.next_open ? fill(this.t.hours.next, { time: this.when(this.next_open) }) : "";
      return `${fill(this.t.hours.lead, { count: this.online ?? 0 })} ${next}${more}`;
    },
  },
  watch: {
    text(now, before) {
      // What is being written is not thrown away by somebody else's change.
      if (this.draft === before) this.draft = now;
    },
  },
  methods: {
    when(at) {
      return dateTime(at, this.lang);
    },
  },
};
