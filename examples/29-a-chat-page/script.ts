/** What the assistants say when there is no model: it depends on what they are shown. */
import type { ModelRequest } from 'heddle/agentchat'
import type { ScriptedAnswer } from 'heddle/testing'

const THINGS = ['tea', 'cake', 'coffee']

export function hostSays(): ScriptedAnswer {
  const toolCalls = [{ name: 'transfer_to_cashier', arguments: {} }]
  return { content: 'Welcome! I ask the cashier.', toolCalls }
}

export function cashierSays({ messages }: ModelRequest): ScriptedAnswer {
  const questions = messages.flatMap((one) => {
    return one.role === 'user' && one.source === 'user' ? [String(one.content)] : []
  })
  const wanted = THINGS.filter((item) => questions.at(-1)?.toLowerCase().includes(item))
  if (wanted.length === 0) return `I can tell you what these cost: ${THINGS.join(', ')}.`
  const last = messages.at(-1)
  if (last?.role !== 'tool') {
    const toolCalls = wanted.map((item) => ({ name: 'price_of', arguments: { item } }))
    return { content: 'Let me look that up.', toolCalls }
  }
  const prices = last.results.map(({ content }, at) => `${wanted[at]} costs ${content}`)
  return `Here you are: ${prices.join(', and ')}.`
}
