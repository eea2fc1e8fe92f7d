import { CardForms, MoodCurve, MoodMark, clock, dayAndTime } from "baton-console";

const JUDGEMENTS = ["right", "too_early", "too_late"];

export default {
  components: { CardForms, MoodCurve, MoodMark },
  props: { t: Object, card: Object, lang: String },
  emits: ["view", "open", "verdict", "profile", "complain"],
  template: `
    <section class="card" data-testid="card">
      <button type="button" class="quiet card-toggle back" data-testid="to-thread" @click="$emit('view', { to: 'thread' })">‹ {{ t.conversation.to_thread }}</button>
      <h2 class="card-title">{{ t.card.heading }}</h2>
      <p v-if="!card" class="empty">{{ t.card.empty }}</p>
      <template v-else>
        <div v-if="card.why" class="block why"><h3>{{ t.card.why }}</h3>
          <p class="why-reason" data-testid="card-reason">{{ card.why.reason }}
            <span v-if="card.why.priority" class="priority" :class="'priority-' + card.why.priority">{{ card.why.priority_text }}</span></p>
          <p class="why-rule" data-testid="card-rule">{{ card.why.rule }}</p>
          <div v-if="card.may_judge" class="verdicts" role="group" :aria-label="t.verdict.heading" data-testid="verdicts"><span>{{ t.verdict.heading }}</span>
            <button v-for="one in judgements" :key="one" type="button" :aria-pressed="String(card.verdict === one)" :data-testid="'verdict-' + one" @click="judge(one)">{{ t.verdict[one] }}</button></div></div>
        <div v-if="card.last_ask" class="block"><h3>{{ t.card.last_ask }}</h3><blockquote class="words">{{ card.last_ask }}</blockquote></div>
        <div class="block"><h3>{{ t.card.mood }}</h3>
          <p v-if="!card.moods.length" class="none">{{ t.card.mood_none }}</p><mood-curve v-else :t="t" :moods="card.moods"></mood-curve></div>
        <div class="block"><h3>{{ t.card.faq }}</h3>
          <p v-if="!card.faq.length" class="none">{{ t.card.faq_none }}</p>
          <ol v-else class="tried"><li v-for="(hit, n) in card.faq" :key="n"><span>{{ hit.question }}</span>
            <span v-if="hit.score !== null" class="score"><span class="score-bar" aria-hidden="true"><i :style="{ width: hit.score * 100 + '%' }"></i></span>{{ hit.score.toFixed(2) }}</span></li></ol></div>
        <div v-for="part in facts" :key="part.name" class="block"><h3>{{ part.name }}</h3>
          <dl class="facts"><template v-for="fact in part.lines" :key="fact.label"><dt>{{ fact.label }}</dt><dd>{{ fact.value }}</dd></template></dl></div>
        <div class="block" data-testid="profile"><h3>{{ t.profile.heading }} <button type="button" class="quiet small" data-testid="profile-edit" @click="$refs.forms.edit(card)">{{ t.people.edit }}</button></h3>
          <dl class="facts"><template v-for="fact in about" :key="fact.label"><dt>{{ fact.label }}</dt><dd class="words">{{ fact.value }}</dd></template></dl></div>
        <div class="block" data-testid="complaints"><h3>{{ t.complaint.heading }} <button type="button" class="quiet small" data-testid="complaint-new" @click="$refs.forms.complain(card)">{{ t.complaint.add }}</button></h3>
          <ul class="tried"><li v-for="one in card.complaints" :key="one.id" data-testid="complaint"><span><strong>{{ one.number }}</strong> <span class="tag" :class="{ bad: one.severity > 2 }">{{ one.severity_text }}</span><br><span class="words">{{ one.text }}</span></span>
            <span class="score">{{ one.done_at ? t.complaint.done : t.complaint.due + " " + when(one.due_at) }}</span></li></ul></div>
        <div v-if="card.previous.length" class="block" data-testid="previous"><h3>{{ t.card.previous }}</h3>
          <ul class="tried"><li v-for="(past, n) in card.previous" :key="n"><span>{{ past.reason }} · {{ past.outcome }} <span class="soft">{{ past.channel }}</span>
              <button v-if="past.conv" type="button" class="quiet small" @click="$emit('open', { conv: past.conv })">{{ t.card.open }}</button></span>
            <span class="score">{{ past.agent }} {{ when(past.at) }}</span></li></ul></div>
      </template>
      <card-forms ref="forms" :t="t" @profile="$emit('profile', $event)" @complain="$emit('complain', $event)"></card-forms>
    </section>`,
  data() {
    return { judgements: JUDGEMENTS };
  },
  computed: {
    facts() {
      const [t, card] = [this.t.card, this.card];
      return [{ name: t.slots, lines: card.slots }, { name: t.order, lines: card.order }, { name: t.ticket, lines: card.ticket }].filter((part) => part.lines.length);
    },
    about() {
      const [t, card, p] = [this.t.card, this.card, this.card.profile];
      const lines = [[this.t.profile.name, p.name], [this.t.profile.phone, p.phone], [this.t.profile.email, p.email], [this.t.profile.note, p.note],
        [t.customer, card.customer + (card.vip ? ` · ${t.vip}` : "")], [t.channel, card.channel], [t.language, card.lang], [t.owner, card.owner ?? t.nobody]];
      if (card.why) lines.push([t.since, this.when(card.why.queued_at)]);
      if (card.why?.claimed_at) lines.push([t.waited, clock(card.why.claimed_at - card.why.queued_at)]);
      if (card.rating) lines.push([t.rating, t.rating_value.replace("{score}", card.rating)]);
      return lines.filter(([, value]) => value).map(([label, value]) => ({ label, value }));
    },
  },
  methods: {
    judge(verdict) {
      this.$emit("verdict", { handoff: this.card.handoff, verdict, note: this.card.verdict_note });
    },
    when(at) {
      return dayAndTime(at, this.lang);
    },
  },
};
