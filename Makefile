# 网格一张图 Wangge. `make` or `make help` lists the commands.
.DEFAULT_GOAL := help
.PHONY: help run test check bench soak clean development peers

PYTHON_BIN := .venv/bin/python
CODE := app.py benchmarks data deploy etl geo pages portal tests

help: ## 列出命令 / list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

run: ## 安装、生成并载入示例数据,打开 http://localhost:8501 / install, load the sample, open the dashboard
	@deploy/run.sh

test: ## 准备测试环境,检查并运行全部测试 / set up what the tests need, check, run every test
	@tests/needs.sh
	@$(MAKE) --no-print-directory check
	@echo "== 正在运行全部测试(约需几分钟)。"
	@echo "   Running every test (a few minutes)."
	@$(PYTHON_BIN) -m pytest -n 2 --dist loadgroup -m "not soak"

check: development ## 检查格式、写法、类型和导入关系 / check format, lint, types and imports
	@echo "== 正在检查格式、写法、类型和导入关系。"
	@echo "   Checking format, lint, types and imports."
	@$(PYTHON_BIN) -m ruff format --check $(CODE)
	@$(PYTHON_BIN) -m ruff check $(CODE)
	@$(PYTHON_BIN) -m mypy
	@$(PYTHON_BIN) -m pytest -q tests/test_layers.py
	@echo "== 检查通过。Checks passed."

bench: peers ## 测量速度和内存 / measure speed and memory
	@$(PYTHON_BIN) -m benchmarks

.PHONY: bench-assign
bench-assign: peers ## 测量落格,与其他引擎比较 / measure assignment beside other engines
	@$(PYTHON_BIN) -m benchmarks.assign --out docs

soak: development ## 长时间运行测试 / the long-running tests
	@tests/needs.sh
	@$(PYTHON_BIN) -m pytest -m soak -s

clean: ## 删除环境、示例台账和缓存,保留数据库 / remove the environment, sample files and caches; keep the database
	@rm -rf .venv var/sample var/sample.version var/wangge.version var/wangge.db.cells var/cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -exec rm -rf {} +
	@echo "== 已清理;数据库 var/wangge.db 保留。下次 make run 会重新安装。"
	@echo "   Cleaned; the database var/wangge.db is kept. The next make run installs again."

peers:
	@deploy/environment.sh requirements.txt requirements-dev.txt requirements-bench.txt

development:
	@deploy/environment.sh requirements.txt requirements-dev.txt
