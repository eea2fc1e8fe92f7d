// Who the customer is to the server: session token, signed identity, and the calls and files that carry it.

export class ServerError extends Error {
  constructor(status, { code = '', message = '', retry_after: retryAfter = null } = {}) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
  }
}

// Who a proof speaks of. Only to see whether somebody else is there now; the server alone believes or refuses it.
function subject(proof) {
  try { return JSON.parse(atob(proof.split('.')[1].replace(/-/g, '+').replace(/_/g, '/'))).sub; } catch { return proof; }
}

export class Session {
  async resume() {
    const known = this.store.get('session');
    const proof = await this.proof();
    const who = proof && subject(proof);
    // Whoever is no longer who the page says never goes on in the other's conversation.
    const other = this.vouch && known?.who && known.who !== who;
    if (other) this.leave();
    try {
      const opened = await this.call('POST', '/session', { lang: this.lang, identity: known?.who === who ? undefined : proof }, other ? '' : known?.token);
      const now = this.store.get('session');
      this.adopt(now && !other && !proof && now.token !== known?.token ? now : {
        token: opened.token, id: opened.conversation_id, epoch: opened.epoch, limit: opened.file_limit, words: opened.words, who: who || (other ? undefined : known?.who),
      });
      if (who) this.on.identified();
    } catch (error) {
      if (proof && [403, 409].includes(error.status) && /^identity/.test(error.code)) {
        this.vouch = null;
        this.on.refusedIdentity(error);
      } else if (error.status !== 401 || !known) throw error;
      else {
        if (this.store.get('session')?.token === known.token) this.store.set('session', null);
        this.forget();
        this.on.expired();
      }
      await this.resume();
    }
  }

  // What the host page says of who is there: a signed proof, or a function that fetches one; nothing when signed out.
  async proof() {
    try {
      return (typeof this.vouch === 'function' ? await this.vouch() : this.vouch) || null;
    } catch {
      throw new ServerError(0); // the host page's server did not answer: tried again like any other
    }
  }

  identify(vouch) {
    this.vouch = vouch;
    this.checked = false;
    if (this.state !== 'idle') this.connect();
  }

  async logout() {
    const token = this.session?.token;
    this.vouch = null;
    if (token) await this.call('POST', '/session/end', {}).catch(() => {});
    this.leave();
    this.checked = false;
    if (this.state !== 'idle') this.connect();
  }

  // Nothing of the last customer stays in this browser.
  leave() {
    ['session', 'outbox', 'draft', 'read', 'rated', 'thumbs'].forEach((name) => this.store.set(name, null));
    this.forget();
  }

  adopt(session) {
    if (this.session && this.session.id !== session.id) this.forget();
    this.session = session;
    this.epoch = this.since ? this.epoch : session.epoch;
    this.checked = true;
    this.store.set('session', session);
  }

  headers(type, token = this.session?.token) {
    return { 'Accept-Language': this.lang, ...(token && { Authorization: `Bearer ${token}` }), ...(type && { 'Content-Type': type }) };
  }

  async call(method, path, body, token) {
    const answer = await fetch(this.base + path, {
      method, headers: this.headers(body && 'application/json', token), body: body && JSON.stringify(body), signal: this.abort.signal, credentials: 'omit', cache: 'no-store',
    });
    const content = await answer.json().catch(() => ({}));
    if (answer.ok) return content;
    throw new ServerError(answer.status, content.error);
  }

  // ---- files

  // XMLHttpRequest, because fetch tells nothing of how far an upload is.
  upload(file, progress, stoppable) {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      request.open('POST', `${this.base}/attachments`);
      const headers = { ...this.headers('application/octet-stream'), 'X-File-Name': encodeURIComponent(file.name) };
      Object.entries(headers).forEach((pair) => request.setRequestHeader(...pair));
      request.upload.onprogress = ({ loaded, total }) => progress(loaded / total);
      request.onload = () => {
        let content = {};
        try { content = JSON.parse(request.response); } catch { /* not from our server: the status says enough */ }
        if (request.status === 200) resolve(content);
        else reject(new ServerError(request.status, content.error));
      };
      request.onerror = () => reject(new ServerError(0));
      request.send(file);
      stoppable(() => request.abort());
    });
  }

  // An address of this page's own for something only the customer may read.
  async address(path) {
    const answer = await fetch(this.base + path, { headers: this.headers(), credentials: 'omit' });
    if (!answer.ok) throw new ServerError(answer.status);
    return URL.createObjectURL(await answer.blob());
  }

  async save(path, name) {
    try {
      const href = await this.address(path);
      Object.assign(document.createElement('a'), { href, download: name }).click();
      setTimeout(() => URL.revokeObjectURL(href), 60_000);
    } catch (error) {
      this.on.problem(error.message);
    }
  }
}
