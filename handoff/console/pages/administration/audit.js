import { dateTime } from "baton-console";

export default {
  props: { t: Object, lang: String, entries: Array, people: Array, actions: Array, more: Boolean, actor: String, action: String },
  emits: ["narrow", "more"],
  template: `
    <div data-testid="audit">
      <div class="page-head"><div><h1>{{ t.nav.audit }}</h1><p>{{ t.audit.lead }}</p></div>
        <label class="choose"><span>{{ t.audit.who }}</span><select :value="actor" data-testid="audit-actor" @change="$emit('narrow', { actor: $event.target.value, action })">
          <option value="">{{ t.audit.anybody }}</option><option v-for="one in people" :key="one.id" :value="one.id">{{ one.name }}</option></select></label>
        <label class="choose"><span>{{ t.audit.what }}</span><select :value="action" data-testid="audit-action" @change="$emit('narrow', { actor, action: $event.target.value })">
          <option value="">{{ t.audit.anything }}</option><option v-for="one in actions" :key="one.id" :value="one.id">{{ one.name }}</option></select></label></div>
      <div class="sheet-wrap" tabindex="0" role="region" :aria-label="t.nav.audit"><table class="sheet cards">
        <thead><tr><th>{{ t.audit.when }}</th><th>{{ t.audit.who }}</th><th>{{ t.audit.what }}</th><th>{{ t.audit.details }}</th></tr></thead>
        <tbody><tr v-for="one in entries" :key="one.id" data-testid="audit-line"><td class="nowrap" :data-label="t.audit.when">{{ when(one.at) }}</td><td :data-label="t.audit.who">{{ one.actor }}</td><td :data-label="t.audit.what">{{ one.action }}</td>
          <td :data-label="t.audit.details"><a v-if="one.conv" :href="'./?c=' + one.conv">{{ t.audit.conversation }} {{ one.conv.slice(0, 4).toUpperCase() }}</a>
            <span v-for="fact in one.details" :key="fact.label" class="fact-pair"><span class="soft">{{ fact.label }}</span> {{ fact.value }}</span></td></tr></tbody></table>
        <p v-if="!entries.length" class="empty">{{ t.audit.none }}</p></div>
      <p v-if="more" class="more-line"><button type="button" class="plain" data-testid="audit-more" @click="$emit('more', {})">{{ t.audit.more }}</button></p>
    </div>`,
  methods: {
    when(at) {
      return dateTime(at, this.lang);
    },
  },
};
