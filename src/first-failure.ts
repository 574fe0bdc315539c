/**
 * Of work whose parts can all fail (the parts of an upload and its source, the links of a restore) only the first
 * failure counts: those after it are its consequences. It stops everything else.
 */
export class FirstFailure {
  readonly #stop = new AbortController();
  #failure: { error: unknown } | undefined;

  /** Aborts at the failure. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get error(): unknown {
    return this.#failure?.error;
  }

  note(error: unknown): void {
    this.#failure ??= { error };
    this.#stop.abort();
  }

  throwIfAny(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
