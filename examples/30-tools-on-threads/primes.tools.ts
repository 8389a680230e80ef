/** Two tools that never await: one computes for a while, and one for ever. */
import { defineTool } from 'heddle/tools'
import { z } from 'zod'

export const countPrimes = defineTool(import.meta.url, {
  name: 'count_primes',
  description: 'Counts the primes below a number.',
  parameters: z.object({ below: z.int() }),
  runs: 'pool',
  run: ({ below }, { progress }) => {
    let primes = 0
    for (let number = 2; number < below; number++) {
      if (isPrime(number)) primes++
      if (number % 1_000_000 === 0) progress({ tried: number })
    }
    return { primes }
  },
})

export const largestPrime = defineTool(import.meta.url, {
  name: 'largest_prime',
  description: 'Finds the largest prime.',
  parameters: z.object({}),
  runs: 'pool',
  timeoutMs: 500, // default: 60,000
  run: () => {
    for (let number = 2; ; number++) isPrime(number) // there is none, as Euclid knew
  },
})

function isPrime(number: number): boolean {
  for (let by = 2; by * by <= number; by++) if (number % by === 0) return false
  return true
}
