import { type DynamicModule, Module } from '@nestjs/common';
import { ControlController } from './inbound/control.controller.ts';
import { IntentsController } from './inbound/intents.controller.ts';
import { MarketController } from './inbound/market.controller.ts';
import { OrdersController } from './inbound/orders.controller.ts';
import { GateShell } from './state/gate-shell.ts';

/** riskd's consumers around one incarnation of the gate. */
@Module({})
export class AppModule {
  static around(gate: GateShell): DynamicModule {
    return {
      module: AppModule,
      controllers: [ControlController, IntentsController, MarketController, OrdersController],
      providers: [{ provide: GateShell, useValue: gate }],
    };
  }
}
