import { MoodMark, timeOf } from "baton-console";

const [W, H, PAD] = [280, 92, 8];

export default {
  components: { MoodMark },
  props: { t: Object, card: Object, lang: String },
  emits: ["view"],
  template: `
    <section class="card" data-testid="card">
      <button type="button" class="quiet card-toggle back" data-testid="to-thread" @click="$emit('view', { to: 'thread' })">‹ {{ t.conversation.to_thread }}</button>
      <h2 class="card-title">{{ t.card.heading }}</h2>
      <p v-if="!card" class="empty">{{ t.card.empty }}</p>
      <template v-else>
        <div v-if="card.why" class="block why"><h3>{{ t.card.why }}</h3>
          <p class="why-reason" data-testid="card-reason">{{ card.why.reason }}
            <span v-if="card.why.priority" class="priority" :class="'priority-' + card.why.priority">{{ card.why.priority_text }}</span></p>
          <p class="why-rule" data-testid="card-rule">{{ card.why.rule }}</p></div>
        <div v-if="card.last_ask" class="block"><h3>{{ t.card.last_ask }}</h3><blockquote class="words">{{ card.last_ask }}</blockquote></div>
        <div class="block"><h3>{{ t.card.mood }}</h3>
          <p v-if="!card.moods.length" class="none">{{ t.card.mood_none }}</p>
          <figure v-else class="curve" data-testid="mood-curve">
            <svg viewBox="0 0 ${W} ${H}" role="img" :aria-label="spoken">
              <path v-for="y in [0, 0.5, 1]" :key="y" class="grid" :d="'M${PAD} ' + height(y) + 'H${W - PAD}'"/>
              <polyline v-for="name in ['valence', 'anger']" :key="name" :class="'of-' + name" :points="points(name)"/>
              <g v-for="(m, n) in card.moods" :key="m.seq" class="dot" :class="{ on: n === at }" @mouseenter="picked = n">
                <rect :x="left(n) - 10" y="0" width="20" height="${H}"/><circle class="of-valence" :cx="left(n)" :cy="height(m.valence)" r="3.2"/>
                <rect class="of-anger" :x="left(n) - 2.8" :y="height(m.anger) - 2.8" width="5.6" height="5.6"/></g>
            </svg>
            <figcaption><span class="key of-valence">{{ t.card.valence }} {{ now.valence.toFixed(2) }}</span><span class="key of-anger">{{ t.card.anger }} {{ now.anger.toFixed(2) }}</span>
              <span class="key">{{ t.card.urgency }} {{ now.urgency.toFixed(2) }}</span></figcaption>
            <p class="curve-words"><mood-mark :mood="now.label" :text="now.label_text"/> <span class="words">{{ now.text }}</span></p>
          </figure></div>
        <div class="block"><h3>{{ t.card.faq }}</h3>
          <p v-if="!card.faq.length" class="none">{{ t.card.faq_none }}</p>
          <ol v-else class="tried"><li v-for="(hit, n) in card.faq" :key="n"><span>{{ hit.question }}</span>
            <span v-if="hit.score !== null" class="score"><span class="score-bar" aria-hidden="true"><i :style="{ width: hit.score * 100 + '%' }"></i></span>{{ hit.score.toFixed(2) }}</span></li></ol></div>
        <div v-for="part in facts" :key="part.name" class="block"><h3>{{ part.name }}</h3>
          <dl class="facts"><template v-for="fact in part.lines" :key="fact.label"><dt>{{ fact.label }}</dt><dd>{{ fact.value }}</dd></template></dl></div>
        <div v-if="card.previous.length" class="block"><h3>{{ t.card.previous }}</h3>
          <ul class="tried"><li v-for="(past, n) in card.previous" :key="n"><span>{{ past.reason }} · {{ past.outcome }}</span>
            <span class="score">{{ past.agent }} {{ when(past.at) }}</span></li></ul></div>
      </template>
    </section>`,
  data() {
    return { picked: null };
  },
  computed: {
    at() {
      const last = this.card.moods.length - 1;
      return this.picked === null || this.picked > last ? last : this.picked;
    },
    now() {
      return this.card.moods[this.at];
    },
    spoken() {
      const [t, line] = [this.t.card, (m) => `${m.seq}: ${m.label_text}, ${this.t.card.valence} ${m.valence}, ${this.t.card.anger} ${m.anger}`];
      return `${t.mood} (${t.mood_scale}). ${this.card.moods.map(line).join("; ")}`;
    },
    facts() {
      const [t, card] = [this.t.card, this.card];
      const about = [[t.customer, card.customer + (card.vip ? ` · ${t.vip}` : "")], [t.channel, card.channel], [t.language, card.lang], [t.owner, card.owner ?? t.nobody]];
      if (card.why) about.push([t.since, this.when(card.why.queued_at)]);
      if (card.rating) about.push([t.rating, t.rating_value.replace("{score}", card.rating)]);
      return [{ name: t.slots, lines: card.slots }, { name: t.ticket, lines: card.ticket },
        { name: t.customer, lines: about.map(([label, value]) => ({ label, value })) }].filter((part) => part.lines.length);
    },
  },
  watch: {
    card() {
      this.picked = null;
    },
  },
  methods: {
    left(n) {
      const last = this.card.moods.length - 1;
      return last ? PAD + 4 + (n * (W - 2 * PAD - 8)) / last : W / 2;
    },
    height(value) {
      return PAD + (1 - value) * (H - 2 * PAD);
    },
    points(name) {
      return this.card.moods.map((m, n) => `${this.left(n)},${this.height(m[name])}`).join(" ");
    },
    when(at) {
      return `${new Date(at * 1000).toLocaleDateString(this.lang, { month: "numeric", day: "numeric" })} ${timeOf(at, this.lang)}`;
    },
  },
};
