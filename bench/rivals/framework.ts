/** What the modules in ../frameworks have in common. Each of them is one way of one framework. */

/** A conversation of two agents that speak in turn, with a model that answers at once. */
export interface Talk {
  readonly task: string
  /** Every answer of the model. */
  readonly answer: string
  /** How many answers there are in all. */
  readonly turns: number
  /** Is done for each answer. */
  readonly work: () => void
}

export interface Rival {
  /**
   * Has one conversation, in which each speaker's model is given everything said so far. Resolves
   * with the number of answers in it.
   */
  converse(): Promise<number>
}

export interface Framework {
  startRival(talk: Talk): Rival
}
