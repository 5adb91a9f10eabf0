/** Pieces of text on their way out, some at once: each write has its cost, and no text of all of them is needed. */

/** Characters that are handed on at once. */
const WRITTEN_AT_ONCE = 65_536;

export class Pieces {
  #waiting = "";
  readonly #write: (text: string) => Promise<void>;

  constructor(write: (text: string) => Promise<void>) {
    this.#write = write;
  }

  readonly put = async (text: string): Promise<void> => {
    this.#waiting += text;
    if (this.#waiting.length >= WRITTEN_AT_ONCE) await this.flush();
  };

  async flush(): Promise<void> {
    const text = this.#waiting;
    this.#waiting = "";
    if (text !== "") await this.#write(text);
  }
}
