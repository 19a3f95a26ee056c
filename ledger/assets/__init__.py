"""Asset cards 资产卡片: fixed assets, breeding animals, rights and deferred expenses, and their plans."""
