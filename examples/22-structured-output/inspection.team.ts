/** An inspector judges a cloth in a fixed form, and a clerk acts on it. */
import {
  assistantAgent,
  defineChatAgent,
  defineStructured,
  defineTeam,
  roundRobin,
  sourceMatch,
} from 'heddle/agentchat'
import { scriptedModel } from 'heddle/testing'
import { z } from 'zod'

const verdict = z.object({
  grade: z.enum(['A', 'B', 'C']),
  faults: z.array(z.string()).default([]),
  inspected: z.coerce.date(),
})
export const Verdict = defineStructured('verdict', verdict)

/**
 * The first answer does not fit, the second one does. They are taken from a list, since a call that
 * is made again gets the same answer from a script.
 */
const answers = ['{ "grade": "D" }', '{ "grade": "B", "inspected": "2026-03-01" }']
const model = scriptedModel(() => answers.shift() ?? '')

const inspector = assistantAgent({ name: 'inspector', model, output: Verdict })

const clerk = defineChatAgent({
  name: 'clerk',
  respond: async (messages, { nextId }) => {
    const [given] = messages.flatMap((message) => Verdict.read(message) ?? [])
    const content = given === undefined ? 'nothing to do' : lineOf(given)
    return { kind: 'message', message: { kind: 'text', id: nextId(), source: 'clerk', content } }
  },
})

/** What is read is the schema's output: with a list, also where none was given, and a date. */
function lineOf({ grade, faults, inspected }: z.output<typeof verdict>): string {
  return `grade ${grade}, ${faults.length} faults, inspected in ${inspected.getUTCFullYear()}`
}

export const inspection = defineTeam(import.meta.url, {
  name: 'inspection',
  participants: [inspector, clerk],
  flow: roundRobin(),
  stopWhen: sourceMatch(['clerk']),
})
