// One entry under the editor's hands: a form, or its Markdown; emits every change.

import { fromLines, toLines, today } from "baton-editor/api.js";

const LISTS = ["variants", "buttons", "images", "links", "alike"];

export const EntryForm = {
  props: { t: Object, fields: Object, section: String, mode: String, isNew: Boolean, path: String, files: Array, entries: Array, categories: Array },
  emits: ["fields", "section", "mode", "path"],
  template: `
    <div class="ed-form">
      <div class="ed-modes" role="tablist" :aria-label="t.editor.mode">
        <button v-for="name in ['form', 'markdown']" :key="name" type="button" role="tab" :aria-selected="String(mode === name)" :data-testid="'mode-' + name"
          @click="$emit('mode', name)">{{ t.editor[name] }}</button>
        <span class="ed-path">{{ path }}</span></div>
      <template v-if="mode === 'form'">
        <div v-if="isNew" class="ed-row">
          <label>{{ t.editor_field.file }}<input list="ed-files" :value="path" data-testid="field-path" @input="$emit('path', $event.target.value)"></label>
          <datalist id="ed-files"><option v-for="file in files" :key="file" :value="file"/></datalist>
          <label>{{ t.editor_field.id }}<input :value="fields.id" data-testid="field-id" placeholder="returns-example" @input="put('id', $event.target.value)"></label>
        </div>
        <label>{{ t.editor_field.question }}<input :value="fields.question" data-testid="field-question" @input="put('question', $event.target.value)"></label>
        <label>{{ t.editor_field.answer }}<small>{{ t.editor_hint.answer }}</small>
          <textarea :value="fields.answer" rows="7" data-testid="field-answer" @input="put('answer', $event.target.value)"></textarea></label>
        <label>{{ t.editor_field.variants }}<small>{{ t.editor_hint.variants }}</small>
          <textarea :value="lists.variants" rows="6" data-testid="field-variants" @input="putList('variants', $event.target.value)"></textarea></label>
        <label>{{ t.editor_field.answer_wechat }}<small>{{ t.editor_hint.answer_wechat }}</small>
          <textarea :value="fields.answer_wechat" rows="3" data-testid="field-answer_wechat" @input="put('answer_wechat', $event.target.value)"></textarea></label>
        <div class="ed-row">
          <label>{{ t.editor_field.status }}<select :value="fields.status" data-testid="field-status" @change="put('status', $event.target.value)">
            <option value="published">{{ t.editor_state.published }}</option><option value="draft">{{ t.editor_state.draft }}</option></select></label>
          <label>{{ t.editor_field.lang }}<select :value="fields.lang" @change="put('lang', $event.target.value)"><option value="zh">中文</option><option value="en">English</option></select></label>
          <label>{{ t.editor_field.category }}<input list="ed-categories" :value="fields.category" @input="put('category', $event.target.value)"></label>
          <datalist id="ed-categories"><option v-for="one in categories" :key="one" :value="one"/></datalist>
        </div>
        <label>{{ t.editor_field.followups }}<small>{{ t.editor_hint.followups }}</small></label>
        <ul class="ed-chips" data-testid="followups">
          <li v-for="target in fields.followups" :key="target">{{ title(target) }}
            <button type="button" :aria-label="t.editor.remove + ' ' + target" @click="put('followups', fields.followups.filter((one) => one !== target))">×</button></li>
          <li class="ed-chip-add"><input list="ed-targets" v-model="target" :aria-label="t.editor_field.followups" :placeholder="t.editor.add" @change="addFollowup" @keydown.enter.prevent="addFollowup"></li>
        </ul>
        <datalist id="ed-targets"><option v-for="one in targets" :key="one.id" :value="one.id">{{ one.question }}</option></datalist>
        <label>{{ t.editor_field.buttons }}<small>{{ t.editor_hint.buttons }}</small>
          <textarea :value="lists.buttons" rows="2" data-testid="field-buttons" @input="putList('buttons', $event.target.value)"></textarea></label>
        <details class="ed-details"><summary>{{ t.editor.more_fields }}</summary>
          <div class="ed-row"><label>{{ t.editor_field.valid_from }}<input type="date" :value="fields.valid_from ?? ''" @input="put('valid_from', $event.target.value || null)"></label>
            <label>{{ t.editor_field.valid_until }}<input type="date" :value="fields.valid_until ?? ''" @input="put('valid_until', $event.target.value || null)"></label></div>
          <div class="ed-row"><label>{{ t.editor_field.owner }}<input :value="fields.owner" @input="put('owner', $event.target.value)"></label>
            <label>{{ t.editor_field.reviewed }}<span class="ed-with"><input type="date" :value="fields.reviewed ?? ''" data-testid="field-reviewed" @input="put('reviewed', $event.target.value || null)">
              <button type="button" class="quiet" data-testid="reviewed-today" @click="put('reviewed', day())">{{ t.editor.today }}</button></span></label></div>
          <div class="ed-row"><label>{{ t.editor_field.tags }}<input :value="(fields.tags ?? []).join(fields.lang === 'zh' ? '，' : ', ')" @change="put('tags', $event.target.value.split(/[,，]/).map((one) => one.trim()).filter(Boolean))"></label>
            <label v-if="!isNew">{{ t.editor_field.id }}<input :value="fields.id" @input="put('id', $event.target.value)"></label></div>
          <div class="ed-row"><label>{{ t.editor_field.images }}<textarea :value="lists.images" rows="2" @input="putList('images', $event.target.value)"></textarea></label>
            <label>{{ t.editor_field.links }}<textarea :value="lists.links" rows="2" @input="putList('links', $event.target.value)"></textarea></label></div>
          <label>{{ t.editor_field.alike }}<small>{{ t.editor_hint.alike }}</small>
            <textarea :value="lists.alike" rows="2" data-testid="field-alike" @input="putList('alike', $event.target.value)"></textarea></label>
          <label class="ed-check"><input type="checkbox" :checked="fields.sensitive" @change="put('sensitive', $event.target.checked)">{{ t.editor_field.sensitive }}<small>{{ t.editor_hint.sensitive }}</small></label>
        </details>
      </template>
      <label v-else>{{ t.editor.markdown_label }}
        <textarea class="ed-source" :value="section" spellcheck="false" data-testid="source" @input="$emit('section', $event.target.value)"></textarea></label>
    </div>`,
  data() {
    return { target: "", lists: this.asLines() };
  },
  watch: {
    // Another entry, or the Markdown was edited: the lists are shown as they are now.
    fields(now) {
      for (const key of LISTS) if (toLines(this.lists[key]).join("\n") !== fromLines(now[key])) this.lists[key] = fromLines(now[key]);
    },
  },
  computed: {
    targets() {
      return this.entries.filter((one) => one.lang === this.fields.lang && one.id !== this.fields.id && !this.fields.followups.includes(one.id));
    },
  },
  methods: {
    asLines() {
      return Object.fromEntries(LISTS.map((key) => [key, fromLines(this.fields[key])]));
    },
    put(key, value) {
      this.$emit("fields", { ...this.fields, [key]: value });
    },
    putList(key, text) {
      this.lists[key] = text;
      this.put(key, toLines(text));
    },
    addFollowup() {
      const id = this.target.trim();
      if (this.entries.some((one) => one.id === id) && !this.fields.followups.includes(id)) this.put("followups", [...this.fields.followups, id]);
      this.target = "";
    },
    title(id) {
      return this.entries.find((one) => one.id === id)?.question ?? id;
    },
    day: today,
  },
};
