// The map's news: asks the feed, ends on the last choice, recovers from every failure, knows how old its answer is.
(function () {
  'use strict';
  const ioc = (window.ioc = window.ioc || {});

  const TIMEOUT_MS = 15000;
  const FIRST_WAIT_MS = 1000;
  const LONGEST_WAIT_MS = 15000;

  class FeedError extends Error {}

  // A login page comes with status 200, so the type and the shape are looked at, not only the status.
  async function read(response, isAnswer) {
    if (response.status === 401 || response.status === 403 || response.redirected) throw new FeedError('signed_out');
    if (!response.ok) throw new FeedError('failed');
    if (!(response.headers.get('content-type') || '').includes('json')) throw new FeedError('signed_out');
    const answer = await response.json();
    if (!isAnswer(answer)) throw new FeedError('failed');
    return answer;
  }

  // One source of answers. `ask(url)` drops another question that is still under way: the last choice is the one that is
  // shown. The same question is asked again after its answer, or news faster than answers would starve it.
  // onAnswer(answer, url); onTrouble(kind) with kind 'failed' | 'signed_out', or null when it is over.
  class Feed {
    constructor({ isAnswer, onAnswer, onTrouble }) {
      Object.assign(this, { isAnswer, onAnswer, onTrouble });
      this.turn = 0;
      this.failures = 0;
    }

    ask(url) {
      if (this.isAsking && url === this.url) {
        this.isOld = true;
        return;
      }
      this.stop();
      this.failures = 0;
      this.attempt(url, this.turn);
    }

    again() {
      if (this.url) this.ask(this.url);
    }

    stop() {
      this.turn += 1;
      this.isAsking = this.isOld = false;
      clearTimeout(this.timer);
      if (this.abort) this.abort.abort();
    }

    rest(url) {
      this.isAsking = false;
      if (this.isOld) this.ask(url);
    }

    async attempt(url, turn) {
      this.url = url;
      this.isAsking = true;
      this.abort = new AbortController();
      const abort = this.abort;
      const limit = setTimeout(() => abort.abort(), TIMEOUT_MS);
      try {
        const headers = { Accept: 'application/json' };
        const response = await fetch(url, { signal: abort.signal, headers, credentials: 'same-origin' });
        const answer = await read(response, this.isAnswer);
        if (turn !== this.turn) return;
        this.failures = 0;
        this.onAnswer(answer, url);
        this.onTrouble(null);
      } catch (error) {
        if (turn !== this.turn) return;
        this.failures += 1;
        this.onTrouble(error instanceof FeedError ? error.message : 'failed');
        const wait = Math.min(FIRST_WAIT_MS * 2 ** (this.failures - 1), LONGEST_WAIT_MS);
        this.timer = setTimeout(() => turn === this.turn && this.attempt(url, turn), wait);
      } finally {
        clearTimeout(limit);
        if (turn === this.turn) this.rest(url);
      }
    }
  }

  ioc.Feed = Feed;
})();
