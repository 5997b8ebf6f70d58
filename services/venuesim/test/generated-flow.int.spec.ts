import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { eventually } from '@portcullis/testkit';
import { WebSocket } from 'ws';
import type { Venue } from '../src/venue.ts';
import { Scratch, client, fault, openVenue, state } from './fixture.ts';
import { LocalBook } from './local-book.ts';

const scratch = new Scratch();
let venue: Venue;
beforeAll(async () => {
  venue = await openVenue(scratch, { limits: { weightPerMinute: 100_000_000, socketBufferBytesMax: 64 * 1024 } });
});
afterAll(async () => {
  await venue.stop();
  scratch.remove();
});

describe('the generated market', () => {
  test('three naive clients keep the book that /depth shows', async () => {
    const books = await Promise.all([1, 2, 3].map(() => new LocalBook(venue.url, 'BTCUSDT').open()));
    const exchange = await client(venue, 'main');
    await exchange.loadMarkets();
    const { bid } = await exchange.fetchTicker('BTC/USDT');
    await exchange.createOrder('BTC/USDT', 'limit', 'buy', 0.1, Math.round(bid - 10));
    await exchange.createOrder('BTC/USDT', 'market', 'sell', 0.2);
    await eventually('thirty diffs for each book', () => books.every((book) => book.diffs >= 30));
    await fault(venue, { freezeMarket: true });
    const end = await eventually('every book at the sequence of /depth', async () => {
      const depth = await (books[0] as LocalBook).depth();
      return books.every((book) => book.sequence === depth.lastUpdateId) && depth;
    });
    for (const book of books) {
      expect(book.levels()).toEqual({ bids: end.bids, asks: end.asks });
      expect([...book.gaps, ...book.strayTouches]).toEqual([]);
      book.close();
    }
    await fault(venue, { freezeMarket: false });
    await exchange.close();
  });

  test('fills who quotes at the touch, both ways', async () => {
    const exchange = await client(venue, 'other');
    await exchange.loadMarkets();
    const sides = new Set<string>();
    await eventually(
      'a fill on each side',
      async () => {
        const { bid, ask } = await exchange.fetchTicker('BTC/USDT');
        const orders = [
          await exchange.createOrder('BTC/USDT', 'limit', 'buy', 0.001, bid),
          await exchange.createOrder('BTC/USDT', 'limit', 'sell', 0.001, ask),
        ];
        await new Promise((resolve) => setTimeout(resolve, 500));
        for (const { id } of orders) {
          const now = await exchange.fetchOrder(id, 'BTC/USDT');
          if (now.filled > 0) sides.add(now.side);
          if (now.status === 'open') await exchange.cancelOrder(id, 'BTC/USDT').catch(() => undefined);
        }
        return sides.size === 2;
      },
      { msMax: 50_000 },
    );
    await exchange.close();
  });

  test('is lively and bounded', async () => {
    const book = await new LocalBook(venue.url, 'BTCUSDT').open();
    await eventually('300 frames', () => book.diffs + book.quotes > 300);
    const { markets } = await state(venue);
    expect(markets.BTCUSDT?.bookOrders).toBeLessThan(150);
    book.close();
  });

  test('a lost frame is a gap that the client sees, a doubled one does no harm', async () => {
    const book = await new LocalBook(venue.url, 'BTCUSDT').open();
    await fault(venue, { duplicateFrames: 20 });
    await eventually('ten diffs', () => book.diffs > 10);
    expect(book.gaps).toEqual([]);
    await fault(venue, { dropFrames: 30 });
    await eventually('a gap', () => book.gaps.length > 0);
    book.close();
  });

  test('who does not read what it is sent is dropped, and counted', async () => {
    const socket = new WebSocket(`${venue.url.replace('http:', 'ws:')}/ws-api/v3`);
    await once(socket, 'open');
    socket.pause();
    const request = JSON.stringify({ id: 1, method: 'exchangeInfo' });
    await eventually('the slow socket to be dropped', () => {
      for (let i = 0; i < 500; i++) socket.send(request);
      return venue.counters.slowSocketsDropped > 0;
    });
    socket.terminate();
  });

  test('cut sockets close', async () => {
    const book = await new LocalBook(venue.url, 'BTCUSDT').open();
    await fault(venue, { closeSockets: 'market' });
    await eventually('every socket to be closed', () => venue.counters.sockets === 0);
    book.close();
  });
});
