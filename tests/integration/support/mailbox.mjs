// Waiting without sleeping: everything that happens goes into a mailbox, a test takes what it
// waits for, whether that happened already or not yet. What was taken is gone.

/** Rejects with `what` when the promise is not settled within ms. */
export function within(promise, ms, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`nothing within ${ms} ms: ${what}`)), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export class Mailbox {
  #items = [];
  #waiting = [];

  put(item) {
    const at = this.#waiting.findIndex((waiting) => waiting.match(item));
    if (at < 0) {
      this.#items.push(item);
      return;
    }
    const [waiting] = this.#waiting.splice(at, 1);
    clearTimeout(waiting.timer);
    waiting.resolve(item);
  }

  /** The first item that matches, taken out; rejects after ms, naming what came instead. */
  take(match, ms, what) {
    const at = this.#items.findIndex(match);
    if (at >= 0) return Promise.resolve(this.#items.splice(at, 1)[0]);
    return new Promise((resolve, reject) => {
      const waiting = { match, resolve };
      waiting.timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        const seen = this.#items.slice(-8).map((item) => JSON.stringify(item)?.slice(0, 300));
        reject(new Error(`nothing within ${ms} ms: ${what}; instead:\n${seen.join('\n')}`));
      }, ms);
      this.#waiting.push(waiting);
    });
  }

  /** What lies there now and matches, left there. */
  peek(match = () => true) {
    return this.#items.filter(match);
  }

  clear() {
    this.#items = [];
  }
}
