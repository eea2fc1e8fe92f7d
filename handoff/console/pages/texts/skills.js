import { fill } from "baton-console";

export default {
  props: { t: Object, team: Array, waiting: Object, routing: String },
  emits: ["save"],
  template: `
    <section class="panel" data-testid="skills"><h2>{{ t.skills.heading }}</h2><p>{{ t.skills.lead }} {{ t.skills["routing_" + routing] }}</p>
      <div class="sheet-wrap" tabindex="0" role="region" :aria-label="t.skills.heading"><table class="sheet cards">
        <thead><tr><th>{{ t.people.person }}</th><th v-for="skill in all" :key="skill">{{ skill }}<br><small :class="{ danger: alone(skill) }">{{ covered(skill) }}</small></th><th>{{ t.people.langs }}</th><th>{{ t.people.capacity }}</th></tr></thead>
        <tbody><tr v-for="one in team" :key="one.name" data-testid="skill-row" :data-person="one.name"><td :data-label="t.people.person"><span class="dot" :class="'is-' + one.state" :title="t.presence[one.state]"></span> <strong>{{ one.display_name }}</strong><br><small>{{ one.skills.length ? fillIn(t.conversation.load, one) : t.skills.everything }}</small></td>
          <td v-for="skill in all" :key="skill" :data-label="skill"><label class="tick"><input type="checkbox" :checked="one.skills.includes(skill)" :aria-label="one.display_name + ' · ' + skill" @change="give(one, skill, $event.target.checked)"><span class="narrow-only">{{ skill }}</span></label></td>
          <td :data-label="t.people.langs"><label v-for="lang in ['zh', 'en']" :key="lang" class="tick"><input type="checkbox" :checked="one.langs.includes(lang)" :aria-label="one.display_name + ' · ' + t.lang[lang]" @change="speak(one, lang, $event.target.checked)"> {{ t.lang[lang] }}</label></td>
          <td :data-label="t.people.capacity"><input type="number" class="short" min="1" max="100" :value="one.cap" :aria-label="one.display_name + ' · ' + t.people.capacity" @change="save(one, { cap: Math.round(Number($event.target.value)) || one.cap })"></td></tr></tbody></table></div>
      <form class="inline-form add-skill" @submit.prevent="add"><div class="field"><label for="new-skill">{{ t.skills.add }}</label><input id="new-skill" v-model="fresh" maxlength="64" autocomplete="off" data-testid="new-skill"></div><button class="plain" :disabled="!fresh.trim()" data-testid="add-skill">{{ t.skills.add }}</button></form><small class="soft">{{ t.skills.add_hint }}</small>
    </section>`,
  data() {
    return { fresh: "", added: [] };
  },
  computed: {
    all() {
      return [...new Set([...this.team.flatMap((one) => one.skills), ...Object.keys(this.waiting), ...this.added])].sort();
    },
  },
  methods: {
    fillIn: fill,
    able(skill) {
      return this.team.filter((one) => one.skills.includes(skill));
    },
    // A skill that somebody waits for and nobody at a desk has.
    alone(skill) {
      return (this.waiting[skill] ?? 0) > 0 && !this.able(skill).some((one) => one.state === "online");
    },
    covered(skill) {
      const online = this.able(skill).filter((one) => one.state === "online").length;
      return fill(this.t.skills.covered, { online, all: this.able(skill).length, waiting: this.waiting[skill] ?? 0 });
    },
    give(one, skill, on) {
      this.save(one, { skills: on ? [...one.skills, skill] : one.skills.filter((own) => own !== skill) });
    },
    speak(one, lang, on) {
      this.save(one, { langs: on ? [...one.langs, lang] : one.langs.filter((own) => own !== lang) });
    },
    save(one, change) {
      this.$emit("save", { name: one.name, skills: one.skills, langs: one.langs, cap: one.cap, ...change });
    },
    add() {
      this.added.push(this.fresh.trim());
      this.fresh = "";
    },
  },
};
