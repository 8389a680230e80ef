/// <reference lib="dom" />
/** What a user does on the page of the chat, and sees there. */
import type { Browser, Page } from 'puppeteer-core'

export class ChatPage {
  readonly #page: Page
  /** What the page has thrown, or has complained of on the browser's console. */
  readonly errors: string[] = []

  private constructor(page: Page) {
    this.#page = page
    page.on('pageerror', (error) => this.errors.push(String(error)))
    page.on('console', (line) => {
      if (line.type() === 'error' || line.type() === 'warn') this.errors.push(line.text())
    })
  }

  static async open(browser: Browser, url: string): Promise<ChatPage> {
    const chat = new ChatPage(await browser.newPage())
    await chat.#page.goto(url)
    return chat
  }

  async ask(text: string): Promise<void> {
    await this.#page.locator('input').fill(text)
    await this.press('Ask')
  }

  async press(name: 'Ask' | 'Stop'): Promise<void> {
    await this.#page.locator(`button::-p-text(${name})`).click()
  }

  /** Resolves when the chat takes the next question. */
  async isReady(): Promise<void> {
    await this.#page.waitForSelector('main[data-status=ready]')
  }

  /** Resolves when an element that the selector finds has this text, and no other. */
  async has(selector: string, text: string): Promise<void> {
    const find = (selector: string, text: string) => {
      const found = [...document.querySelectorAll(selector)]
      return found.some((one) => (one.matches('.text') ? one.lastChild : one)?.textContent === text)
    }
    try {
      await this.#page.waitForFunction(find, { timeout: 20_000 }, selector, text)
    } catch (cause) {
      const shown = await this.#page.$eval('body', (body) => body.textContent)
      throw new Error(
        `no ${selector} has come to be '${text}'; the page shows: ${shown} ${this.errors}`,
        {
          cause,
        },
      )
    }
  }

  /** All texts, each with who has said it. */
  texts(): Promise<string[][]> {
    return this.#page.$$eval('.text', (found) => {
      return found.map((one) =>
        [one.getAttribute('data-by'), one.lastChild?.textContent].map(String),
      )
    })
  }

  all(selector: string): Promise<string[]> {
    return this.#page.$$eval(selector, (found) => found.map((one) => one.textContent ?? ''))
  }

  screenshot(path: `${string}.png`): Promise<Uint8Array> {
    return this.#page.screenshot({ path })
  }

  async close(): Promise<void> {
    await this.#page.close()
  }
}
