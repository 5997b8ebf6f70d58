import type { EngineNews } from './execution-engine.ts';

const NO_NEWS: readonly EngineNews[] = Object.freeze([]);

/** News on their way to us. They never overtake each other: one that would is as late as the one before it. */
export class NewsQueue {
  #news: EngineNews[] = [];
  #lastAt = 0;
  /** When the first of them reaches us. */
  nextAt = Infinity;

  /** When news of `at` reach us, after those before them. */
  stamp(at: number): number {
    if (at > this.#lastAt) this.#lastAt = at;
    return this.#lastAt;
  }

  push(news: EngineNews): void {
    if (this.#news.length === 0) this.nextAt = news.at;
    this.#news.push(news);
  }

  take(at: number): readonly EngineNews[] {
    if (this.nextAt > at) return NO_NEWS;
    const news = this.#news;
    let due = news.length;
    while (due > 0 && (news[due - 1] as EngineNews).at > at) due -= 1;
    this.#news = due === news.length ? [] : news.slice(due);
    this.nextAt = this.#news[0]?.at ?? Infinity;
    return due === news.length ? news : news.slice(0, due);
  }

  save(): { readonly news: readonly unknown[]; readonly lastAt: number } {
    return { news: this.#news.map(plain), lastAt: this.#lastAt };
  }

  load(saved: { readonly news: readonly unknown[]; readonly lastAt: number }): void {
    this.#news = saved.news.map(revived);
    this.#lastAt = saved.lastAt;
    this.nextAt = this.#news[0]?.at ?? Infinity;
  }
}

function plain(news: EngineNews): unknown {
  if (news.kind === 'fill') return { ...news, fee: String(news.fee) };
  return news.kind === 'cash' ? { ...news, amount: String(news.amount) } : news;
}

function revived(saved: unknown): EngineNews {
  const news = saved as { kind: EngineNews['kind']; fee: string; amount: string };
  if (news.kind === 'fill') return { ...news, fee: BigInt(news.fee) } as unknown as EngineNews;
  if (news.kind === 'cash') return { ...news, amount: BigInt(news.amount) } as unknown as EngineNews;
  return saved as EngineNews;
}
