/** Data as JSON has it: what agents, flows and conditions may keep. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | readonly Plain[]
  | { readonly [name: string]: Plain }

/** A copy that may be changed. Faster for small things than a structured clone. */
export function copyOf(state: Readonly<Record<string, Plain>>): Record<string, Plain> {
  return JSON.parse(JSON.stringify(state))
}
