/** Tells what is half done at this moment, one sentence each. */
type Source = () => readonly string[];

/** What this run has begun and not ended, for the moment when it is ended at once. */
export class Unfinished {
  readonly #sources = new Set<Source>();

  /** Answers the function that takes the source away again. */
  add(source: Source): () => void {
    this.#sources.add(source);
    return () => void this.#sources.delete(source);
  }

  /** In the order in which it was begun; none when nothing is half done. */
  sentences(): readonly string[] {
    return [...this.#sources].flatMap((source) => source());
  }
}
