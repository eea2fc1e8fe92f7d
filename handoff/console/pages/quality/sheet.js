import { MoodCurve, isTyping } from "baton-console";

const SAVE_AFTER = 1500;
const blank = () => ({ scores: {}, note: "", bot_wrong: false, wrong_seq: null });

export default {
  components: { MoodCurve },
  props: { t: Object, lang: String, dimensions: Array, case: Object },
  emits: ["save", "open", "leave"],
  template: `
    <aside v-if="view" class="qs" data-testid="sheet" :aria-label="t.quality.sheet" tabindex="0">
      <div class="qs-head"><button type="button" class="quiet" data-testid="sheet-back" @click="leave">‹ {{ t.quality.back }}</button>
        <h1>{{ view.customer }} <span class="soft">{{ view.place }} · {{ view.channel }} · {{ view.who }} · {{ when(view.ended_at) }}</span></h1></div>
      <p v-if="view.own_work" class="ask-again" role="alert" data-testid="own-work">{{ t.quality.own_work }}</p>
      <form v-else class="qs-form" @submit.prevent="submit"><p class="soft">{{ t.quality.sheet_keys }}</p>
        <fieldset v-for="(name, n) in dimensions" :key="name" class="dimension" :class="{ on: n === at, scored: sheet.scores[name] }" :data-testid="'dimension-' + name" @focusin="at = n">
          <legend><b>{{ t.servqual[name] }}</b> <span class="soft">{{ t.servqual[name + "_hint"] }}</span></legend>
          <div class="stars"><label v-for="score in 5" :key="score" :class="{ chosen: sheet.scores[name] === score }" :title="t.servqual[name + '_' + score]"><input type="radio" :name="'score-' + name" :value="score" :checked="sheet.scores[name] === score" :aria-label="put(t.quality.score_of, { name: t.servqual[name], score }) + ', ' + t.servqual[name + '_' + score]" :data-testid="'score-' + name + '-' + score" @change="give(n, score)">{{ score }}</label>
            <span class="anchor">{{ sheet.scores[name] ? t.servqual[name + "_" + sheet.scores[name]] : "" }}</span></div></fieldset>
        <details class="anchors-of"><summary>{{ t.quality.anchors }} · {{ t.servqual[dimensions[at]] }}</summary><ol class="anchors"><li v-for="score in 5" :key="score">{{ t.servqual[dimensions[at] + "_" + score] }}</li></ol></details>
        <div class="field"><label for="q-note">{{ t.quality.note }}</label><textarea id="q-note" v-model="sheet.note" maxlength="2000" rows="3" :placeholder="t.quality.note_hint" data-testid="sheet-note" @input="later"></textarea></div>
        <div v-if="view.bot_lines.length" class="wrong"><label class="tick"><input v-model="sheet.bot_wrong" type="checkbox" data-testid="bot-wrong" @change="later"> <b>{{ t.quality.bot_wrong }}</b></label>
          <template v-if="sheet.bot_wrong"><label class="field">{{ t.quality.bot_wrong_which }}<select v-model="sheet.wrong_seq" data-testid="wrong-line" @change="later"><option :value="null">{{ t.quality.bot_wrong_choose }}</option><option v-for="line in view.bot_lines" :key="line.seq" :value="line.seq">{{ line.text }}</option></select></label>
            <a v-if="mend" class="plain file-link" :href="mend.href" data-testid="mend">{{ mend.text }}</a></template></div>
        <p v-if="problem" class="form-error" role="alert" data-testid="sheet-problem">{{ problem }}</p>
        <div class="qs-do"><span class="soft" role="status" data-testid="sheet-state">{{ told }}</span>
          <button v-if="!handedIn" type="button" class="plain" data-testid="sheet-save" :disabled="busy" @click="save(false)">{{ t.quality.save }}</button>
          <button :class="handedIn ? 'plain' : 'primary'" data-testid="sheet-submit" :disabled="busy">{{ handedIn ? t.quality.resubmit : t.quality.submit }}</button>
          <button v-if="handedIn && view.following" type="button" class="primary" data-testid="sheet-next" @click="$emit('open', view.following)">{{ t.quality.next_open }} →</button></div></form>
      <section v-if="view.facts.length" class="block"><h2>{{ t.quality.facts }}</h2><dl class="facts"><template v-for="fact in view.facts" :key="fact.label"><dt>{{ fact.label }}</dt><dd class="words">{{ fact.value }}</dd></template></dl></section>
      <section class="block"><h2>{{ t.card.mood }}</h2><p v-if="!view.moods.length" class="soft">{{ t.quality.mood_none }}</p><mood-curve v-else :t="t" :moods="view.moods"/></section>
      <section class="block" data-testid="others"><h2>{{ t.quality.others }}</h2><p v-if="!view.others.length" class="soft">{{ handedIn || view.own_work ? t.quality.others_none : t.quality.others_later }}</p>
        <div v-for="one in view.others" :key="one.reviewer" class="other" data-testid="other"><p><b>{{ one.reviewer }}</b> <span class="soft">{{ when(one.at) }}</span></p>
          <p class="other-scores"><span v-for="name in dimensions" :key="name" class="tag">{{ t.servqual[name] }} {{ one.scores[name] }}</span><span v-if="one.bot_wrong" class="tag bad">{{ t.quality.bot_wrong }}</span></p><p class="words">{{ one.note }}</p></div></section>
    </aside>`,
  data() {
    return { sheet: blank(), at: 0, turn: 0, busy: false, problem: "", told: "", dirty: false };
  },
  computed: {
    // `case` is a word of the language.
    view() {
      return this.case;
    },
    key() {
      return this.view ? `${this.view.conv}:${this.view.episode}` : "";
    },
    handedIn() {
      return Boolean(this.view?.submitted_at);
    },
    mend() {
      const line = this.view.bot_lines.find((one) => one.seq === this.sheet.wrong_seq);
      if (!line) return null;
      if (line.entry) return { href: "editor?entry=" + encodeURIComponent(line.entry), text: this.t.quality.open_entry };
      return { href: "editor?question=" + encodeURIComponent(line.question), text: this.t.quality.new_entry };
    },
  },
  watch: {
    key: {
      immediate: true,
      handler() {
        clearTimeout(this.timer);
        const own = this.view?.own;
        this.sheet = own ? { scores: { ...own.scores }, note: own.note, bot_wrong: own.bot_wrong, wrong_seq: own.wrong_seq } : blank();
        Object.assign(this, { at: 0, problem: "", busy: false, dirty: false, told: this.handedIn ? this.put(this.t.quality.submitted_at, { time: this.when(this.view.submitted_at) }) : "" });
        const url = new URL(location.href);
        if (this.key) url.searchParams.set("case", this.key);
        else url.searchParams.delete("case");
        if (url.href !== location.href) history.replaceState(history.state, "", url);
      },
    },
  },
  mounted() {
    window.addEventListener("keydown", this.onKey);
  },
  unmounted() {
    clearTimeout(this.timer);
    window.removeEventListener("keydown", this.onKey);
  },
  methods: {
    put: (text, values) => text.replace(/\{(\w+)\}/g, (all, name) => values[name] ?? all),
    when(at) {
      return new Date(at * 1000).toLocaleString(this.lang, { month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false });
    },
    onKey(event) {
      if (!this.view || this.view.own_work || !this.$el.offsetParent) return;
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) return this.submit();
      const inRadio = event.target?.type === "radio";
      if ((isTyping(event) && !inRadio) || event.ctrlKey || event.metaKey || event.altKey) return;
      if (/^[1-5]$/.test(event.key)) {
        event.preventDefault();
        this.give(this.at, Number(event.key), true);
      } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        this.turnTo(this.at + (event.key === "ArrowDown" ? 1 : -1));
      }
    },
    turnTo(n) {
      this.at = Math.max(0, Math.min(this.dimensions.length - 1, n));
      this.$el.querySelectorAll(".dimension")[this.at]?.scrollIntoView({ block: "nearest" });
    },
    give(n, score, onward = false) {
      this.sheet.scores[this.dimensions[n]] = score;
      this.at = n;
      if (onward) this.turnTo(n + 1);
      this.later();
    },
    /** Kept by itself shortly after the last change; what is submitted changes only by submitting again. */
    later() {
      this.dirty = true;
      this.problem = "";
      clearTimeout(this.timer);
      if (!this.handedIn) this.timer = setTimeout(() => this.save(false), SAVE_AFTER);
    },
    save(submit) {
      clearTimeout(this.timer);
      this.turn += 1;
      this.busy = submit;
      this.dirty = false;
      this.$emit("save", { conv: this.view.conv, episode: this.view.episode, ...this.sheet, submit, turn: this.turn });
    },
    submit() {
      const missing = this.dimensions.filter((name) => !this.sheet.scores[name]);
      if (missing.length) {
        this.problem = this.put(this.t.quality.missing, { names: missing.map((name) => this.t.servqual[name]).join("、") });
        this.turnTo(this.dimensions.indexOf(missing[0]));
      } else this.save(true);
    },
    // Called by the server.
    kept(turn, done) {
      if (turn !== this.turn) return;
      this.busy = false;
      if (!done) this.told = this.t.quality.refused_unsaved;
      else this.told = this.handedIn ? this.put(this.t.quality.submitted_at, { time: this.when(this.view.submitted_at) }) : this.t.quality.saved;
    },
    leave() {
      if (this.dirty && !this.handedIn) this.save(false);
      this.$emit("leave", {});
    },
  },
};
