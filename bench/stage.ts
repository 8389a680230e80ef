/** The contestants of a question: started once, reused in every round, ended whatever happens. */
interface Contestant {
  stop(): PromiseLike<unknown>
}

export class Stage {
  readonly #entered: Contestant[] = []

  async enter<T extends Contestant>(starting: T | Promise<T>): Promise<T> {
    const contestant = await starting
    this.#entered.push(contestant)
    return contestant
  }

  async clear(): Promise<void> {
    for (const contestant of this.#entered.splice(0).reverse()) await contestant.stop()
  }
}

export async function onStage<T>(play: (stage: Stage) => Promise<T>): Promise<T> {
  const stage = new Stage()
  try {
    return await play(stage)
  } finally {
    await stage.clear()
  }
}
