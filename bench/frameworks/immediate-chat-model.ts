import { BaseChatModel } from '@langchain/core/language_models/chat_models'
import { AIMessage } from '@langchain/core/messages'
import type { Talk } from '../rivals/framework.ts'

/** A chat model of LangChain that answers at once. */
export class ImmediateModel extends BaseChatModel {
  readonly #talk: Talk

  constructor(talk: Talk) {
    super({})
    this.#talk = talk
  }

  override _llmType(): string {
    return 'immediate'
  }

  override async _generate() {
    const { answer, work } = this.#talk
    work()
    return { generations: [{ text: answer, message: new AIMessage(answer) }] }
  }
}
