const NEW = { id: "", word: "", alternative: "", reason: "", allowed: "" };

export default {
  props: { t: Object, rules: Array },
  emits: ["save", "drop"],
  template: `
    <div data-testid="wording">
      <div class="page-head"><div><h1>{{ t.wording.heading }}</h1><p>{{ t.wording.lead }}</p></div>
        <input type="search" class="search" v-model="wanted" :placeholder="t.wording.search" :aria-label="t.wording.search">
        <button type="button" class="primary" data-testid="rule-new" @click="open(null)">{{ t.wording.add }}</button></div>
      <div class="sheet-wrap" tabindex="0" role="region" :aria-label="t.wording.heading"><table class="sheet cards"><thead><tr><th>{{ t.wording.word }}</th><th>{{ t.wording.alternative }}</th><th>{{ t.wording.reason }}</th><th>{{ t.wording.allowed_in }}</th><th>{{ t.wording.from }}</th><th><span class="unseen">{{ t.people.actions }}</span></th></tr></thead>
        <tbody><tr v-for="one in shown" :key="one.id + one.word" data-testid="rule"><td :data-label="t.wording.word"><strong>{{ one.word }}</strong></td><td :data-label="t.wording.alternative">{{ one.alternative }}</td><td :data-label="t.wording.reason">{{ one.reason || "–" }}</td>
          <td :data-label="t.wording.allowed_in">{{ one.allowed_in.join(" · ") || "–" }}</td><td :data-label="t.wording.from"><span class="tag" :class="{ good: one.id }">{{ one.id ? t.wording.team : t.wording.base }}</span></td>
          <td class="row-do"><button type="button" class="plain" :aria-label="t.people.edit + ' ' + one.word" @click="open(one)">{{ one.id ? t.people.edit : t.wording.replace }}</button></td></tr></tbody></table></div>
      <dialog ref="form" class="window wide" :aria-label="t.wording.rule" data-testid="rule-window"><h2>{{ t.wording.rule }}</h2>
        <form @submit.prevent="save" novalidate>
          <div class="field"><label for="w-word">{{ t.wording.word }}</label><input id="w-word" v-model="form.word" maxlength="100" autocomplete="off" data-testid="w-word"><small>{{ t.wording.word_hint }}</small></div>
          <div class="field"><label for="w-alt">{{ t.wording.alternative }}</label><input id="w-alt" v-model="form.alternative" maxlength="500" autocomplete="off" data-testid="w-alternative"></div>
          <div class="field"><label for="w-why">{{ t.wording.reason }}</label><input id="w-why" v-model="form.reason" maxlength="500" autocomplete="off" data-testid="w-reason"></div>
          <div class="field"><label for="w-in">{{ t.wording.allowed_in }}</label><input id="w-in" v-model="form.allowed" maxlength="500" autocomplete="off"><small>{{ t.wording.allowed_hint }}</small></div>
          <p class="form-error" role="alert" data-testid="rule-error">{{ complaint }}</p>
          <div class="window-do"><button v-if="form.id" type="button" class="quiet danger" @click="drop">{{ sure ? t.replies.sure : t.replies.drop }}</button><span class="bar-space"></span>
            <button type="button" class="plain" @click="$refs.form.close()">{{ t.conversation.cancel }}</button><button class="primary" data-testid="rule-save">{{ t.people.save }}</button></div></form></dialog>
    </div>`,
  data() {
    return { wanted: "", form: { ...NEW }, complaint: "", sure: false };
  },
  computed: {
    shown() {
      const wanted = this.wanted.trim().toLowerCase();
      return this.rules.filter((one) => !wanted || `${one.word} ${one.alternative} ${one.reason}`.toLowerCase().includes(wanted));
    },
  },
  methods: {
    open(one) {
      this.form = one ? { ...one, allowed: one.allowed_in.join(", ") } : { ...NEW };
      [this.complaint, this.sure] = ["", false];
      this.$nextTick(() => this.$refs.form.showModal());
    },
    save() {
      const [form, t] = [this.form, this.t.wording];
      const allowed_in = form.allowed.split(/[,，;；]/).map((s) => s.trim()).filter(Boolean);
      const apart = allowed_in.some((one) => !one.toLowerCase().includes(form.word.trim().toLowerCase()));
      this.complaint = !form.word.trim() || !form.alternative.trim() ? t.missing : apart ? t.bad_allowed : "";
      if (!this.complaint) this.$emit("save", { id: form.id, word: form.word, alternative: form.alternative, reason: form.reason, allowed_in });
    },
    drop() {
      if (this.sure) this.$emit("drop", { id: this.form.id });
      this.sure = true;
    },
    done() {
      this.$refs.form.close();
    },
  },
};
