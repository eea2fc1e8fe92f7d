// Parts of the handoff card: the curve of moods, and its windows for profile and complaint.
import { MoodMark } from "./mood.js";

const [W, H, PAD] = [280, 92, 8];

export const MoodCurve = {
  components: { MoodMark },
  props: { t: Object, moods: Array },
  template: `
    <figure class="curve" data-testid="mood-curve" tabindex="0" :aria-label="t.card.mood_keys" @keydown="step">
      <svg viewBox="0 0 ${W} ${H}" role="img" :aria-label="spoken">
        <path v-for="y in [0, 0.5, 1]" :key="y" class="grid" :d="'M${PAD} ' + height(y) + 'H${W - PAD}'"/>
        <polyline v-for="name in ['valence', 'anger']" :key="name" :class="'of-' + name" :points="points(name)"/>
        <g v-for="(m, n) in moods" :key="m.seq" class="dot" :class="{ on: n === at }" @mouseenter="picked = n" @click="picked = n">
          <rect :x="left(n) - 10" y="0" width="20" height="${H}"/><circle class="of-valence" :cx="left(n)" :cy="height(m.valence)" r="3.2"/>
          <rect class="of-anger" :x="left(n) - 2.8" :y="height(m.anger) - 2.8" width="5.6" height="5.6"/></g>
      </svg>
      <figcaption><span class="key of-valence">{{ t.card.valence }} {{ now.valence.toFixed(2) }}</span><span class="key of-anger">{{ t.card.anger }} {{ now.anger.toFixed(2) }}</span>
        <span class="key">{{ t.card.urgency }} {{ now.urgency.toFixed(2) }}</span></figcaption>
      <p class="curve-words" aria-live="polite"><mood-mark :mood="now.label" :text="now.label_text"></mood-mark> <span class="words">{{ now.text }}</span></p>
    </figure>`,
  data() {
    return { picked: null };
  },
  computed: {
    at() {
      const last = this.moods.length - 1;
      return this.picked === null || this.picked > last ? last : this.picked;
    },
    now() {
      return this.moods[this.at];
    },
    spoken() {
      const [t, line] = [this.t.card, (m) => `${m.seq}: ${m.label_text}, ${this.t.card.valence} ${m.valence}, ${this.t.card.anger} ${m.anger}`];
      return `${t.mood} (${t.mood_scale}). ${this.moods.map(line).join("; ")}`;
    },
  },
  watch: {
    moods(now, before) {
      if (now.length !== before.length) this.picked = null;
    },
  },
  methods: {
    step(event) {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by) return;
      event.preventDefault();
      this.picked = Math.min(this.moods.length - 1, Math.max(0, this.at + by));
    },
    left(n) {
      const last = this.moods.length - 1;
      return last ? PAD + 4 + (n * (W - 2 * PAD - 8)) / last : W / 2;
    },
    height(value) {
      return PAD + (1 - value) * (H - 2 * PAD);
    },
    points(name) {
      return this.moods.map((m, n) => `${this.left(n)},${this.height(m[name])}`).join(" ");
    },
  },
};

export const CardForms = {
  props: { t: Object },
  emits: ["profile", "complain"],
  template: `
    <div><dialog ref="profile" class="window" :aria-label="t.profile.heading" data-testid="profile-window"><h2>{{ t.profile.heading }}</h2><p>{{ t.profile.hint }}</p>
      <form method="dialog" class="asked" @submit="saved"><div v-for="name in ['name', 'phone', 'email']" :key="name" class="field"><label :for="'profile-' + name">{{ t.profile[name] }}</label><input :id="'profile-' + name" v-model="form[name]" maxlength="100" autocomplete="off" :data-testid="'profile-' + name"></div>
        <div class="field"><label for="profile-note">{{ t.profile.note }}</label><textarea id="profile-note" v-model="form.note" maxlength="2000" data-testid="profile-note"></textarea></div>
        <div class="window-do"><button class="plain" value="no">{{ t.conversation.cancel }}</button><button class="primary" value="yes" data-testid="profile-save">{{ t.people.save }}</button></div></form></dialog>
    <dialog ref="complaint" class="window" :aria-label="t.complaint.add" data-testid="complaint-window"><h2>{{ t.complaint.add }}</h2><p>{{ t.complaint.hint }}</p>
      <form method="dialog" class="asked" @submit="filed"><div class="field"><label for="complaint-severity">{{ t.complaint.severity }}</label><select id="complaint-severity" v-model.number="severity" data-testid="complaint-severity"><option v-for="n in [1, 2, 3, 4]" :key="n" :value="n">{{ t.severity[n] }} · {{ t.severity["due_" + n] }}</option></select></div>
        <div class="field"><label for="complaint-text">{{ t.complaint.text }}</label><textarea id="complaint-text" v-model="text" maxlength="2000" required data-testid="complaint-text"></textarea></div>
        <div class="window-do"><button class="plain" value="no" formnovalidate>{{ t.conversation.cancel }}</button><button class="primary" value="yes" data-testid="complaint-save">{{ t.complaint.file }}</button></div></form></dialog></div>`,
  data() {
    return { conv: null, form: { name: "", phone: "", email: "", note: "" }, severity: 2, text: "" };
  },
  methods: {
    edit(card) {
      [this.conv, this.form] = [card.conv, { ...card.profile }];
      this.$nextTick(() => this.$refs.profile.showModal());
    },
    complain(card) {
      [this.conv, this.severity, this.text] = [card.conv, 2, card.last_ask];
      this.$nextTick(() => this.$refs.complaint.showModal());
    },
    saved(event) {
      if (event.submitter?.value === "yes") this.$emit("profile", { conv: this.conv, ...this.form });
    },
    filed(event) {
      if (event.submitter?.value === "yes") this.$emit("complain", { conv: this.conv, severity: this.severity, text: this.text });
    },
  },
};
